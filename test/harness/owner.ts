/** A running product asked as its owner. */
import assert from "node:assert/strict";
import { createdKey } from "@throughline/contract";
import type { Product } from "./product.ts";

const OWNER = { email: "ada@example.com", password: "correct horse battery staple" };

/** For `startProduct({ env: OWNER_ENV })`: the account that `signInOwner` signs in with. */
export const OWNER_ENV = {
  THROUGHLINE_OWNER_EMAIL: OWNER.email,
  THROUGHLINE_OWNER_PASSWORD: OWNER.password,
};

export interface Owner {
  /** The answer's JSON, checked; fails with the problem when it is refused. */
  readonly get: <T>(path: string, shape: { parse(value: unknown): T }) => Promise<T>;
  /** A browser key of the project `default`. */
  readonly makeBrowserKey: (origin: string) => Promise<string>;
}

export async function signInOwner({ url }: Pick<Product, "url">): Promise<Owner> {
  let cookie = "";
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(url + path, {
      ...init,
      headers: { "content-type": "application/json", origin: url, cookie },
    });
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer;
  };
  const post = (path: string, body: object): Promise<Response> =>
    ask(path, { method: "POST", body: JSON.stringify(body) });
  const signedIn = await post("/api/auth/sign-in/email", OWNER);
  cookie = signedIn.headers
    .getSetCookie()
    .map((each) => each.split(";", 1)[0])
    .join("; ");
  return {
    get: async (path, shape) => shape.parse(await (await ask(path)).json()),
    makeBrowserKey: async (origin) => {
      const made = await post("/api/ingest-keys", {
        name: "site",
        projectId: "default",
        kind: "browser",
        allowedOrigins: [origin],
      });
      return createdKey.parse(await made.json()).key;
    },
  };
}
