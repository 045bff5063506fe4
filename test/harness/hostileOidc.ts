/** A provider that signs and says whatever a test wants. Its people never log in: a test makes up the way back. */
import { generateKeyPairSync, sign } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

type Json = Readonly<Record<string, unknown>>;

export interface HostileOidc {
  readonly issuer: string;
  /** What it does now; a test changes it. */
  readonly behaviour: Behaviour;
  /** Paths that were asked for. */
  readonly asked: string[];
  reset(): void;
  close(): Promise<void>;
}

export interface Behaviour {
  /** Added to its description, or instead of it. */
  metadata: Json;
  /** Added to the claims of ID tokens. */
  claims: Json;
  userInfo: Json;
  /** Makes the ID token; by default a good one. */
  sign: (claims: Json) => string;
  /** Answers the description itself, when set. */
  describe: ((response: ServerResponse) => void) | null;
  /** Answers at the token endpoint itself, when set. */
  answerToken: ((response: ServerResponse) => void) | null;
}

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const part = (value: Json): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const signedWith =
  (key: typeof privateKey) =>
  (claims: Json): string => {
    const content = `${part({ alg: "RS256", kid: "1" })}.${part(claims)}`;
    return `${content}.${sign("sha256", Buffer.from(content), key).toString("base64url")}`;
  };

/** A good token, and the ways to make a bad one. */
export const TOKENS = {
  good: signedWith(privateKey),
  byStranger: signedWith(stranger),
  unsigned: (claims: Json): string => `${part({ alg: "none" })}.${part(claims)}.`,
  changed: (claims: Json): string => {
    const [head, , signature] = signedWith(privateKey)(claims).split(".");
    return `${head}.${part({ ...claims, sub: "somebody-else" })}.${signature}`;
  },
  /** The public key taken as a shared secret. */
  byPublicKey: (claims: Json): string => `${part({ alg: "HS256", kid: "1" })}.${part(claims)}.AAAA`,
} as const;

/** @param nonceOf the nonce of the sign-in that is under way */
export async function startHostileOidc(clientId: string, nonceOf: () => string): Promise<HostileOidc> {
  const asked: string[] = [];
  const behaviour = {} as Behaviour;
  const reset = (): void =>
    void Object.assign(behaviour, {
      metadata: {},
      claims: {},
      userInfo: {},
      sign: TOKENS.good,
      describe: null,
      answerToken: null,
    } satisfies Behaviour);
  reset();
  const server = createServer(async (request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    asked.push(path);
    await text(request);
    const json = (body: Json): void =>
      void response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    if (path === "/.well-known/openid-configuration") {
      if (behaviour.describe !== null) return behaviour.describe(response);
      return json({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        userinfo_endpoint: `${issuer}/me`,
        response_types_supported: ["code"],
        id_token_signing_alg_values_supported: ["RS256"],
        ...behaviour.metadata,
      });
    }
    if (path === "/jwks")
      return json({ keys: [{ ...publicKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "1" }] });
    if (path === "/me") return json({ sub: "mallory", ...behaviour.userInfo });
    if (path !== "/token") return void response.writeHead(404).end();
    if (behaviour.answerToken !== null) return behaviour.answerToken(response);
    const nowSeconds = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      sub: "mallory",
      aud: clientId,
      nonce: nonceOf(),
      iat: nowSeconds,
      exp: nowSeconds + 300,
      email: "mallory@example.com",
      email_verified: true,
      groups: ["ops"],
      ...behaviour.claims,
    };
    return json({ access_token: "a", token_type: "Bearer", id_token: behaviour.sign(claims) });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    behaviour,
    asked,
    reset,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
