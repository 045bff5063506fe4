/** Sealed secrets, signed cookies, origins of keys, addresses of limits: what can be wrong with each. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { csvCell } from "./audit/auditCsv.ts";
import { cookieName, openSignedCookie, readCookie } from "./auth/cookies.ts";
import { matchesOrigin } from "./keys/keyOrigins.ts";
import { limitedAddress } from "./limits/limitedAddress.ts";
import { createOwnOrigin, crossSiteReason } from "./ownOrigin.ts";
import { createSecretBox, readSecretKey, SecretError } from "./secrets.ts";

const OLD = "o".repeat(32);
const NEW = "n".repeat(32);

describe("sealed secrets", () => {
  test("open with the key and for the place they were sealed for, and for no other", () => {
    const box = createSecretBox(OLD);
    const sealed = box.seal("seed", "two_factors.secret");
    assert.ok(!sealed.includes("seed"));
    assert.notEqual(sealed, box.seal("seed", "two_factors.secret"), "a nonce each");
    assert.equal(box.open(sealed, "two_factors.secret"), "seed");
    assert.throws(() => box.open(sealed, "sso_providers.client_secret"), SecretError);
    assert.throws(() => createSecretBox(NEW).open(sealed, "two_factors.secret"), /not known here/);
    for (const broken of [
      "",
      "seed",
      "v2.x.y",
      sealed.slice(0, -2),
      `${sealed.slice(0, -3)}AAA`,
      `${sealed}.x`,
    ])
      assert.throws(() => box.open(broken, "two_factors.secret"), SecretError, broken);
  });

  test("a new key in front seals, the old one still opens", () => {
    const sealed = createSecretBox(OLD).seal("seed", "a");
    const rotated = createSecretBox(`${NEW}, ${OLD}`);
    assert.equal(rotated.open(sealed, "a"), "seed");
    assert.equal(rotated.isCurrent(sealed), false);
    assert.equal(createSecretBox(NEW).open(rotated.seal("seed", "a"), "a"), "seed");
    assert.throws(() => createSecretBox("short"), SecretError);
  });

  test("without a setting the key is a file that its owner alone reads, the same for all who start at once", async () => {
    const folder = await mkdtemp(join(tmpdir(), "throughline-secret-"));
    try {
      const keys = await Promise.all([readSecretKey(undefined, folder), readSecretKey(undefined, folder)]);
      assert.ok(keys.includes(await readSecretKey(undefined, folder)));
      assert.equal((await stat(join(folder, "secret.key"))).mode & 0o777, 0o600);
      assert.equal(await readSecretKey(OLD, folder), OLD);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

test("a cookie counts with our signature only", () => {
  const sign = (value: string, key: string) =>
    encodeURIComponent(`${value}.${createHmac("sha256", key).update(value).digest("base64")}`);
  assert.equal(openSignedCookie(sign("token", OLD), OLD), "token");
  for (const forged of [sign("token", NEW), "token", "token.", ".x", "%", encodeURIComponent("token.AAAA")])
    assert.equal(openSignedCookie(forged, OLD), null, forged);
  assert.equal(readCookie("a=1; tl_x=2=3; tl_x=4", "tl_x"), "2=3");
  assert.equal(readCookie("xtl_x=1", "tl_x"), null);
  assert.equal(cookieName("session_token", true), "__Host-tl_session_token");
});

test("a browser key's sites are names, not parts of names", () => {
  assert.ok(matchesOrigin("https://shop.example", "https://shop.example"));
  assert.ok(matchesOrigin("https://*.shop.example", "https://a.b.shop.example"));
  for (const origin of [
    "http://a.shop.example",
    "https://shop.example",
    "https://evilshop.example",
    "https://a.shop.example.evil.example",
    "https://evil.example/.shop.example",
    "https://evil.example#.shop.example",
    "null",
  ])
    assert.ok(!matchesOrigin("https://*.shop.example", origin), origin);
});

test("an address counts as its network, however it is written", () => {
  assert.equal(limitedAddress("203.0.113.9"), "203.0.113.9");
  assert.equal(limitedAddress("::ffff:203.0.113.9"), "203.0.113.9");
  assert.equal(limitedAddress("2001:db8:1:2:3:4:5:6"), limitedAddress("2001:db8:1:2::9"));
  assert.notEqual(limitedAddress("2001:db8:1:2::9"), limitedAddress("2001:db8:1:3::9"));
  assert.equal(limitedAddress("nonsense"), "unknown");
});

test("only our own addresses are our own", () => {
  const own = createOwnOrigin("https://obs.example.com");
  assert.equal(own({ host: "obs.example.com" })?.origin, "https://obs.example.com");
  assert.equal(own({ host: "localhost:3300" })?.origin, "http://localhost:3300");
  assert.equal(own({ host: "[::1]:3300" })?.origin, "http://[::1]:3300");
  for (const host of [
    undefined,
    "evil.example",
    "obs.example.com.evil.example",
    "localhost@evil.example",
    "localhost/x",
  ])
    assert.equal(own(host === undefined ? {} : { host }), null, String(host));
  const here = own({ host: "localhost:3300" });
  assert.equal(crossSiteReason({}, here), null, "a program");
  assert.equal(
    crossSiteReason({ origin: "http://localhost:3300", "sec-fetch-site": "same-origin" }, here),
    null,
  );
  for (const headers of [
    { origin: "null" },
    { origin: "http://localhost:3301" },
    { "sec-fetch-site": "same-site" },
    { origin: "http://localhost:3300", "sec-fetch-site": "cross-site" },
  ] as const)
    assert.notEqual(crossSiteReason(headers, here), null, JSON.stringify(headers));
});

test("a cell of an export is text", () => {
  for (const formula of ["=1+1", "+1", "-1", "@x", "\tx"]) assert.equal(csvCell(formula), `"'${formula}"`);
  assert.equal(csvCell('say "hi", you'), '"say ""hi"", you"');
});
