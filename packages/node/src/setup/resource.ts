/** Which service this is: what OTEL_* says, then the platform, then the application's own package.json. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  type Resource,
} from "@opentelemetry/resources";
import type { Environment } from "./settings.ts";

export interface ServiceOptions {
  /** `service.name`; else OTEL_SERVICE_NAME, else the name in package.json. */
  readonly service?: string;
  /** `service.version`; else THROUGHLINE_RELEASE, else the version in package.json and the commit. */
  readonly release?: string;
  /** `deployment.environment.name`; else THROUGHLINE_ENVIRONMENT, the platform's word for it, or NODE_ENV. */
  readonly environment?: string;
}

/** Variables that hold the commit on platforms and in CI. */
const COMMIT_VARIABLES = [
  "GIT_COMMIT",
  "GITHUB_SHA",
  "VERCEL_GIT_COMMIT_SHA",
  "CI_COMMIT_SHA",
  "RENDER_GIT_COMMIT",
  "RAILWAY_GIT_COMMIT_SHA",
  "HEROKU_SLUG_COMMIT",
  "CF_PAGES_COMMIT_SHA",
  "COMMIT_REF",
  "SOURCE_COMMIT",
  "SOURCE_VERSION",
  "CIRCLE_SHA1",
  "BITBUCKET_COMMIT",
  "BUILD_SOURCEVERSION",
] as const;
const ENVIRONMENT_VARIABLES = [
  "THROUGHLINE_ENVIRONMENT",
  "VERCEL_ENV",
  "RAILWAY_ENVIRONMENT_NAME",
  "NODE_ENV",
] as const;
const COMMIT = /^[0-9a-f]{7,64}$/i;
const COMMIT_SHORT = 7;

interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
}

/** @param entry the file the process was started with, whose package.json counts */
export function detectResource(env: Environment, options: ServiceOptions, entry = process.argv[1]): Resource {
  const manifest = findManifest(entry);
  const commit = COMMIT_VARIABLES.map((name) => env[name] ?? "").find((value) => COMMIT.test(value));
  const environment =
    options.environment ??
    ENVIRONMENT_VARIABLES.map((name) => env[name]).find((value) => value !== undefined && value !== "");
  const name = options.service ?? asText(manifest.name);
  const version =
    options.release ?? (env["THROUGHLINE_RELEASE"] || releaseOf(asText(manifest.version), commit));
  const found = resourceFromAttributes({
    ...(name === undefined ? {} : { "service.name": name }),
    ...(version === undefined ? {} : { "service.version": version }),
    ...(environment === undefined ? {} : { "deployment.environment.name": environment }),
    ...(commit === undefined ? {} : { "vcs.ref.head.revision": commit }),
    "service.instance.id": randomUUID(),
    "host.name": hostname(),
    "process.pid": process.pid,
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
    "telemetry.distro.name": "@throughline/node",
    "telemetry.distro.version": "0.1.0",
  });
  // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over what was found, and what the code says wins over both.
  return defaultResource()
    .merge(found)
    .merge(withServiceName(env))
    .merge(
      resourceFromAttributes({
        ...(options.service === undefined ? {} : { "service.name": options.service }),
        ...(options.release === undefined ? {} : { "service.version": options.release }),
        ...(options.environment === undefined ? {} : { "deployment.environment.name": options.environment }),
      }),
    );
}

function withServiceName(env: Environment): Resource {
  const named = env["OTEL_SERVICE_NAME"]?.trim();
  const listed = detectResources({ detectors: [envDetector] });
  return named === undefined || named === ""
    ? listed
    : listed.merge(resourceFromAttributes({ "service.name": named }));
}

/** Versions of applications are often never raised: with a commit each deploy is a release of its own. */
function releaseOf(version: string | undefined, commit: string | undefined): string | undefined {
  if (commit === undefined) return version;
  const short = commit.slice(0, COMMIT_SHORT).toLowerCase();
  return version === undefined ? short : `${version}+${short}`;
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The nearest package.json with a name, from the started file upwards, or else from the working folder. */
function findManifest(entry: string | undefined): Manifest {
  const starts =
    entry === undefined || entry.includes("node_modules") ? [process.cwd()] : [dirname(entry), process.cwd()];
  for (const start of starts) {
    for (let folder = start; ; folder = dirname(folder)) {
      const manifest = readManifest(join(folder, "package.json"));
      if (asText(manifest?.name) !== undefined) return manifest!;
      if (folder === dirname(folder)) break;
    }
  }
  return {};
}

function readManifest(path: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? (value as Manifest) : undefined;
  } catch {
    return undefined;
  }
}
