/** Answers of the product's API: data, or the problem that says why not. */
import type { Problem } from "@throughline/contract";

export type Answer =
  | { readonly data: unknown; readonly problem: null }
  | { readonly data: null; readonly problem: Problem };

/** Set once, when the page starts: see organisation.ts. */
let ownHeaders: Readonly<Record<string, string>> = { accept: "application/json" };

/** From now on everything is asked for in this organisation; null: in whichever the server chooses. */
export function speakFor(tenantId: string | null): void {
  ownHeaders = {
    accept: "application/json",
    ...(tenantId === null ? {} : { "x-throughline-tenant": tenantId }),
  };
}

/** Never throws: a server that can't be reached is a problem like any other. An aborted question rejects. */
export async function fetchApi(path: string, signal?: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(path, {
      headers: ownHeaders,
      ...(signal === undefined ? {} : { signal }),
    });
    return readAnswer(response.status, await response.text());
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return { data: null, problem: UNREACHABLE };
  }
}

/** Changes something; the same refusals as `fetchApi`. The server answers it only from the product's own pages. */
export async function sendApi(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body: object = {},
): Promise<Answer> {
  try {
    const response = await fetch(path, {
      method,
      headers: { ...ownHeaders, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return readAnswer(response.status, await response.text());
  } catch {
    return { data: null, problem: UNREACHABLE };
  }
}

/** What a page asks for: nothing, one address, or several whose answers come as one object under the same names. */
export type ApiPaths = string | Readonly<Record<string, string>> | null;

/** All of a page's answers as one; the first refusal is the page's. The same on the server and in the browser. */
export async function askAll(paths: ApiPaths, ask: (path: string) => Promise<Answer>): Promise<Answer> {
  if (paths === null) return { data: null, problem: null };
  if (typeof paths === "string") return await ask(paths);
  const answers = await Promise.all(
    Object.entries(paths).map(async ([name, path]) => ({ name, ...(await ask(path)) })),
  );
  const problem = answers.find((answer) => answer.problem !== null)?.problem ?? null;
  if (problem !== null) return { data: null, problem };
  return { data: Object.fromEntries(answers.map(({ name, data }) => [name, data])), problem: null };
}

/** @param body the JSON text, problem details (RFC 9457) when the status is 400 or above */
export function readAnswer(status: number, body: string): Answer {
  const parsed = parseJson(body);
  if (status < 400 && parsed !== undefined) return { data: parsed, problem: null };
  if (isProblem(parsed)) return { data: null, problem: parsed };
  return {
    data: null,
    problem: {
      type: "about:blank",
      title: "The answer can't be read",
      status: status < 400 ? 502 : status,
      code: "unreadable_answer",
      detail: `The server answered with status ${status}, and not as this page expects. Something between may have changed the answer.`,
    },
  };
}

const UNREACHABLE: Problem = {
  type: "about:blank",
  title: "Throughline can't be reached",
  status: 503,
  code: "unreachable",
  detail: "Look whether it runs and whether you are connected, then try again.",
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" &&
    value !== null &&
    "title" in value &&
    typeof value.title === "string" &&
    "status" in value &&
    typeof value.status === "number" &&
    "code" in value &&
    typeof value.code === "string"
  );
}
