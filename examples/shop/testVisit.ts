import type { TestReceiver } from "./testReceiver.ts";

/** What the shops of the tests add to their environment. */
export const testEnv = {
  OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  OTEL_BSP_SCHEDULE_DELAY: "100",
};

let visits = 0;

/** Requests a page once and returns the answer with the whole trace it caused. */
export async function visit(
  shopUrl: string,
  receiver: TestReceiver,
  path: string,
  options: RequestInit = {},
) {
  const mark = `visit=${process.pid}-${++visits}`;
  const url = new URL(path, shopUrl);
  url.search += (url.search === "" ? "" : "&") + mark;
  const response = await fetch(url, { redirect: "manual", ...options });
  const body = await response.text();
  const trace = await receiver.traceOf(
    `the trace of ${path}`,
    (span) => span.kind === "server" && String(span.attributes["url.query"]).includes(mark),
  );
  return {
    status: response.status,
    body,
    cookie: response.headers.get("set-cookie")?.split(";")[0] ?? "",
    ...trace,
  };
}

/** Sends a form as a browser would. */
export function form(fields: Record<string, string>, cookie = ""): RequestInit {
  return { method: "POST", body: new URLSearchParams(fields), headers: { cookie } };
}
