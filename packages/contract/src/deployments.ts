/**
 * Deployments: what was put where, when, by whom, and how it ended. Whoever deploys says so (`POST /api/deployments`);
 * nothing is guessed. Field by field as OpenTelemetry's resource and CI/CD attributes: `service` is `service.name`,
 * `release` `service.version`, `environment` `deployment.environment.name`, `gitSha` `vcs.ref.head.revision`, `branch`
 * `vcs.ref.head.name`, `id` `deployment.id`.
 */
import { z } from "zod";
import { project } from "./common.ts";

export const DEPLOYMENT_STATUSES = ["started", "succeeded", "failed", "cancelled"] as const;
export const deploymentStatus = z.enum(DEPLOYMENT_STATUSES);
export type DeploymentStatus = z.infer<typeof deploymentStatus>;

const INSTANT_MS_MIN = Date.UTC(2000, 0, 1);
const INSTANT_MS_MAX = Date.UTC(2100, 0, 1);

/** Words that go into lists and labels: no line breaks and nothing else that is not seen. */
const word = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    // oxlint-disable-next-line no-control-regex -- refusing them is the point
    .regex(/^[^\u0000-\u001f\u007f]*$/, { error: "must not have line breaks or control characters" });

/** ISO 8601 with its zone, or milliseconds since the epoch; read as milliseconds. */
const instant = z
  .union([
    z.iso.datetime({ offset: true, error: "must be a time as 2026-05-31T12:00:00Z" }),
    z.number().int({ error: "must be whole milliseconds" }),
  ])
  .transform((given) => (typeof given === "number" ? given : Date.parse(given)))
  .refine((ms) => ms >= INSTANT_MS_MIN && ms <= INSTANT_MS_MAX, {
    error: "must be a time between the years 2000 and 2100",
  });

const webUrl = z
  .string()
  .max(2048)
  .refine((text) => /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : ""), {
    error: "must be an address that begins with https:// or http://",
  });

export const deploymentId = z
  .string()
  .regex(/^[\w.:@+-]{1,200}$/, { error: "must be letters, digits and . : @ + - _, at most 200" });

const deploymentFields = {
  service: word(200),
  release: word(256),
  environment: word(100),
  gitSha: z.string().regex(/^([0-9a-f]{7,64})?$/, { error: "must be 7 to 64 hexadecimal digits" }),
  branch: word(256),
  author: word(200),
  /** Which system said it: `github-actions`, `vercel`, `argo-cd`, … */
  source: word(100),
  url: webUrl,
  /** What it brings: a commit's subject. Its first line is shown. */
  message: z.string().trim().max(2000),
  startedAt: instant,
  finishedAt: instant,
};

/**
 * Body of `POST /api/deployments`. The same `id` again updates the deployment: what is left out stays, so a pipeline says
 * `started` first and how it ended later. The same body twice changes nothing.
 */
export const newDeployment = z
  .strictObject({
    id: deploymentId.optional(),
    project: z.string().min(1).max(100).optional(),
    status: deploymentStatus.default("succeeded"),
    ...z.object(deploymentFields).partial().shape,
  })
  .refine(isInOrder, { error: "must not be before startedAt", path: ["finishedAt"] });
export type NewDeployment = z.infer<typeof newDeployment>;

/** Body of `PATCH /api/deployments/:id`. */
export const deploymentChange = z
  .strictObject({
    project: z.string().min(1).max(100).optional(),
    status: deploymentStatus.optional(),
    ...z.object(deploymentFields).partial().shape,
  })
  .refine(isInOrder, { error: "must not be before startedAt", path: ["finishedAt"] });
export type DeploymentChange = z.infer<typeof deploymentChange>;

function isInOrder(given: { startedAt?: number | undefined; finishedAt?: number | undefined }): boolean {
  return (
    given.startedAt === undefined || given.finishedAt === undefined || given.finishedAt >= given.startedAt
  );
}

export const deployment = z.object({
  id: z.string(),
  /** Empty: of the whole project. */
  service: z.string(),
  release: z.string(),
  environment: z.string(),
  gitSha: z.string(),
  branch: z.string(),
  author: z.string(),
  source: z.string(),
  url: z.string(),
  message: z.string(),
  status: deploymentStatus,
  startedAtMs: z.number(),
  /** Null while it runs. */
  finishedAtMs: z.number().nullable(),
  /** From start to end; null while it runs, and where only one time was said. */
  durationMs: z.number().nullable(),
});
export type Deployment = z.infer<typeof deployment>;

/** Answer of `POST` (201 when it was new) and `PATCH`. */
export const deploymentAnswer = z.object({ project: z.string(), deployment, isNew: z.boolean() });
export type DeploymentAnswer = z.infer<typeof deploymentAnswer>;

/** `GET /api/deployments`: newest start first; without a range all of them. */
export const deploymentFilter = z.object({
  service: z.string().max(200).optional(),
  environment: z.string().max(100).optional(),
  release: z.string().max(256).optional(),
  status: deploymentStatus.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});
export type DeploymentFilter = z.infer<typeof deploymentFilter>;

export const deploymentPage = z.object({
  project,
  deployments: z.array(deployment),
  nextCursor: z.string().nullable(),
  /** Whether the reader may record deployments. */
  mayRecord: z.boolean(),
  fetchedAtMs: z.number(),
});
export type DeploymentPage = z.infer<typeof deploymentPage>;

/** A moment that charts mark. */
export const marker = z.object({
  /** Unique among the markers of one answer. */
  id: z.string(),
  kind: z.enum(["deployment", "release"]),
  timeMs: z.number(),
  /** "shop-api 1.4.0 deployed". */
  label: z.string(),
  service: z.string(),
  release: z.string(),
  environment: z.string(),
  /** Of a deployment. */
  status: deploymentStatus.nullable(),
});
export type Marker = z.infer<typeof marker>;

/** `GET /api/markers?project=&range=&service=` */
export const markerPage = z.object({ project, markers: z.array(marker) });
export type MarkerPage = z.infer<typeof markerPage>;
