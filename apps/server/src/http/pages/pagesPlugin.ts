/**
 * The pages. For each: ask its API address in-process, render, embed the data, answer. A refusal by the API, by the access
 * rules or by an error becomes a page that says what to do, with the refusal's status.
 */
import type { Problem, Project, ProjectList, SessionState } from "@throughline/contract";
import { isSpanContextValid, trace } from "@opentelemetry/api";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { join } from "node:path";
import { askApiOf, type FetchJson } from "./askApi.ts";
import { serveAssets } from "./assets.ts";
import { renderDocument } from "./document.ts";
import { serveSdkScript } from "./sdkScript.ts";
import { PAGE_HEADERS } from "./securityHeaders.ts";
import { loadWebBundle, type WebBundle, type WebRenderer } from "./webBundle.ts";

export interface PagesOptions {
  /** `apps/web/dist`. */
  readonly distDir: string;
  /** Asked at each page: ports are known after listening. A null port: OTLP on the pages' own address. */
  readonly installation?: () => {
    readonly version: string;
    readonly otlpHttpPort: number | null;
    readonly otlpGrpcPort: number | null;
    /** Whether the pages measure themselves. */
    readonly isMeasured?: boolean;
  };
  /** For tests; by default this app's own routes are asked. */
  readonly fetchJson?: FetchJson;
}

type Answer = ReturnType<WebRenderer["readAnswer"]>;
type InitialState = Parameters<WebRenderer["renderPage"]>[0];
type ShownState = Pick<InitialState, "url" | "data" | "problem" | "projects">;

const SESSION_PATH = "/api/me";
const PROBLEM_TYPE = "application/problem+json";

/** @throws {WebNotBuiltError} */
export async function pagesPlugin(app: FastifyInstance, options: PagesOptions): Promise<void> {
  const bundle = await loadWebBundle(options.distDir);
  const { renderer } = bundle;
  const ask = options.fetchJson ?? askApiOf(app);
  await app.register(async (scope) => serveAssets(scope, join(options.distDir, "client")));
  await app.register(serveSdkScript);

  await app.register(async (scope) => {
    // Whoever refuses (access rules, an error in a handler) does it as problem details; people get a page.
    scope.addHook("onSend", async (request, reply, payload) => {
      const isProblem = String(reply.getHeader("content-type") ?? "").startsWith(PROBLEM_TYPE);
      if (!isProblem || !wantsPage(request) || typeof payload !== "string") return payload;
      const { problem } = renderer.readAnswer(reply.statusCode, payload);
      const door = doorFor(request, problem);
      if (door !== null) {
        reply.code(302).headers({ location: door, "content-type": "text/plain; charset=utf-8" });
        return "";
      }
      try {
        return await documentFor(request, reply, { url: request.url, data: null, problem, projects: [] });
      } catch (err) {
        // The page that would say so is broken itself: the plain problem is better than nothing.
        request.log.error({ err }, "The page of a refusal could not be rendered.");
        return payload;
      }
    });
    for (const page of renderer.pages) {
      scope.get(page.path, { config: { permission: page.permission } }, (request, reply) =>
        showPage(request, reply),
      );
    }
    // The API's unknown addresses keep their answer for programs.
    scope.get("/*", { config: { permission: "public" } }, async (request, reply) => {
      if (!wantsPage(request)) return reply.callNotFound();
      const problem = renderer.noSuchPage(pathOf(request));
      reply.code(404);
      return await documentFor(request, reply, { url: request.url, data: null, problem, projects: [] });
    });
  });

  async function showPage(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const found = renderer.findPage(pathOf(request));
    const paths = found?.page.apiPath(found.params, searchOf(request)) ?? null;
    const [projects, answer] = await Promise.all([
      askProjects(request),
      renderer.askAll(paths, (path) => askFor(request, path)),
    ]);
    if (answer.problem !== null) reply.code(answer.problem.status);
    return await documentFor(request, reply, { url: request.url, ...answer, projects });
  }

  async function askFor(request: FastifyRequest, path: string): Promise<Answer> {
    const { status, body } = await ask(request, path);
    return renderer.readAnswer(status, body);
  }

  async function askProjects(request: FastifyRequest): Promise<readonly Project[]> {
    const { data, problem } = await askFor(request, "/api/projects");
    // The page's own answer says what is wrong; without the list the switcher is absent.
    return problem === null ? (data as ProjectList).projects : [];
  }

  /** Null where there is no sign-in: in tests, and for apps that leave it out. */
  async function askSession(request: FastifyRequest): Promise<SessionState | null> {
    if (!app.hasRoute({ method: "GET", url: SESSION_PATH })) return null;
    const { data, problem } = await askFor(request, SESSION_PATH);
    return problem === null ? (data as SessionState) : null;
  }

  /** Where somebody who is not signed in goes instead of seeing a refusal; null: the refusal says it better. */
  function doorFor(request: FastifyRequest, problem: Problem | null): string | null {
    if (!app.hasRoute({ method: "GET", url: SESSION_PATH })) return null;
    if (problem?.code === "setup_required") return renderer.toSetup();
    return problem?.code === "sign_in_required" ? renderer.toSignIn(request.url) : null;
  }

  async function documentFor(
    request: FastifyRequest,
    reply: FastifyReply,
    shown: ShownState,
  ): Promise<string> {
    const session = await askSession(request);
    const isStranger = isRefused(shown.problem) || session?.permissions.length === 0;
    const state: InitialState = {
      ...shown,
      session,
      installation: isStranger ? NOTHING_TOLD : installationFor(request, options),
      renderedAtMs: Date.now(),
    };
    const page = await renderer.renderPage(state, request.headers.cookie);
    const traceparent = traceparentOf();
    // The page's browser names this trace as that of its visit.
    if (traceparent !== null) reply.header("server-timing", `traceparent;desc="${traceparent}"`);
    reply.headers(PAGE_HEADERS).type("text/html; charset=utf-8");
    return renderDocument({ page, state, bundle, source: sourceOf(bundle, request, shown.problem) });
  }
}

/** Of the request's span; null where none is made. https://www.w3.org/TR/trace-context/#traceparent-header */
function traceparentOf(): string | null {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined || !isSpanContextValid(span)
    ? null
    : `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}`;
}

/** Who may not see the pages learns nothing of the installation either. */
const NOTHING_TOLD: InitialState["installation"] = {
  version: "",
  pagesUrl: "",
  otlpHttpUrl: "",
  otlpGrpcUrl: null,
  isMeasured: false,
};

function isRefused(problem: Problem | null): boolean {
  return problem?.status === 401 || problem?.status === 403;
}

/** Addresses as the person's browser reaches them: the name it used, with the receivers' ports. */
function installationFor(request: FastifyRequest, options: PagesOptions): InitialState["installation"] {
  const known = options.installation?.() ?? {
    version: "",
    otlpHttpPort: null,
    otlpGrpcPort: null,
  };
  const withPort = (port: number): string => `http://${request.hostname}:${port}`;
  return {
    version: known.version,
    pagesUrl: `${request.protocol}://${request.host}`,
    otlpHttpUrl:
      known.otlpHttpPort === null ? `${request.protocol}://${request.host}` : withPort(known.otlpHttpPort),
    otlpGrpcUrl: known.otlpGrpcPort === null ? null : withPort(known.otlpGrpcPort),
    isMeasured: known.isMeasured ?? false,
  };
}

function sourceOf(bundle: WebBundle, request: FastifyRequest, problem: Problem | null): string | null {
  return problem === null ? (bundle.renderer.findPage(pathOf(request))?.page.source ?? null) : null;
}

const pathOf = (request: FastifyRequest): string => request.url.split("?", 1)[0] ?? "/";
const searchOf = (request: FastifyRequest): URLSearchParams =>
  new URLSearchParams(request.url.slice(pathOf(request).length));

/** A browser that goes somewhere, but not one that opens an API address: that answers as the API does. */
function wantsPage(request: FastifyRequest): boolean {
  return String(request.headers.accept ?? "").includes("text/html") && !request.url.startsWith("/api/");
}
