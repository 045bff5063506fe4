/** The second factor and passkeys of one's own account, on the real product, with a virtual authenticator. In this order. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { CDPSession, Page } from "playwright-core";
import { decodeQR } from "qr/decode.js";
import { totp } from "../harness/totp.ts";
import { visit } from "./browser.ts";
import { EMAIL, openOwner, PASSWORD } from "./ownerWindow.ts";
import { arrivesAtUrl, inWindow, refusedByAxe, signIn } from "./windows.ts";

const { browser, page, product, home, go, arrivesAt, dialog, toast, stranger, close } = await openOwner({
  isNamed: true,
});
after(close);
const card = (name: string) => page.getByRole("region", { name, exact: true });
const shown = async (label: string): Promise<string> =>
  (await page.getByRole("region", { name: label, exact: true }).textContent()) ?? "";

/** What a phone's camera reads off the screen. */
async function readQr(on: Page): Promise<string> {
  const png = await on.getByRole("img", { name: /QR code/ }).screenshot();
  const context = await browser.newContext();
  const blank = await context.newPage();
  const { width, height, pixels } = await blank.evaluate(async (base64) => {
    const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
    const bitmap = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    if (canvas === null) throw new Error("no canvas");
    canvas.drawImage(bitmap, 0, 0);
    const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
    return { width: bitmap.width, height: bitmap.height, pixels: [...data] };
  }, png.toString("base64"));
  await context.close();
  return decodeQR({ width, height, data: Uint8ClampedArray.from(pixels) });
}

async function secondStep(on: Page, label: string, code: string): Promise<void> {
  await on.getByLabel(label, { exact: true }).fill(code);
  await on.getByRole("button", { name: "Verify" }).click();
}

/** Signs in with the password and a recovery code, in a window of its own. */
async function withRecoveryCode(code: string, then: (on: Page) => Promise<void>): Promise<void> {
  await inWindow(stranger, async (on) => {
    await go("/sign-in", on);
    await signIn(EMAIL, PASSWORD, on);
    await on.getByRole("button", { name: "Use a recovery code" }).click();
    await secondStep(on, "Recovery code", code);
    await then(on);
  });
}

const entered = (on: Page): Promise<void> => arrivesAt("/", on);
const refused = (on: Page): Promise<void> => on.getByRole("alert").locator("p").waitFor();

describe("a second factor", { timeout: 180_000 }, () => {
  let secret = "";
  let codes: string[] = [];

  test("takes the password first", async () => {
    await go("/account");
    await card("Second factor").getByText("off", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Set up an authenticator app" }).click();
    const first = dialog("Set up an authenticator app");
    await first.getByLabel("Current password").fill("not the password");
    await first.getByRole("button", { name: "Go on" }).click();
    await first.getByRole("alert").getByText("The current password is another one").waitFor();
    await first.getByLabel("Current password").fill(PASSWORD);
    await first.getByRole("button", { name: "Go on" }).click();
    await dialog("Scan the code with your app").waitFor();
    const focused = await page.evaluate(() => document.activeElement?.textContent);
    assert.equal(focused, "Scan the code with your app", "the keyboard is where the new step begins");
  });

  test("is scanned or typed: both are the same secret", async () => {
    secret = await shown("Secret");
    await page.locator(".qr path[d^=M]").waitFor({ state: "attached" });
    const uri = new URL(await readQr(page));
    assert.deepEqual(
      [uri.protocol, uri.host, decodeURIComponent(uri.pathname), uri.searchParams.get("secret")],
      ["otpauth:", "totp", `/Throughline:${EMAIL}`, secret],
    );
    assert.deepEqual(await refusedByAxe(page), []);
  });

  test("is on only after a code that proves it; recovery codes are shown once, to copy and to keep", async () => {
    const scan = dialog("Scan the code with your app");
    await scan.getByLabel("Code", { exact: true }).fill("000000");
    await scan.getByRole("button", { name: "Switch on" }).click();
    await scan.getByRole("alert").locator("p").waitFor();
    await scan.getByLabel("Code", { exact: true }).fill(totp(secret));
    await scan.getByRole("button", { name: "Switch on" }).click();
    const keep = dialog("Keep your recovery codes");
    await keep.waitFor();
    const text = await shown("Recovery codes");
    codes = text.split("\n");
    assert.equal(new Set(codes).size, 10, text);
    assert.deepEqual(await refusedByAxe(page), []);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      keep.getByRole("link", { name: "Download as a file" }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), `${text}\n`);
    await keep.getByRole("button", { name: "I have them" }).click();
    await card("Second factor").getByText("on", { exact: true }).waitFor();
    assert.ok(!(await page.content()).includes(codes[0] ?? "?"), "they are gone from the page");
  });

  test("is asked for after the password; each recovery code opens once", async () => {
    await inWindow(stranger, async (on) => {
      await go("/sign-in?next=/help", on);
      await signIn(EMAIL, PASSWORD, on);
      await secondStep(on, "Code", "000000");
      await refused(on);
      assert.deepEqual(await refusedByAxe(on), []);
      await secondStep(on, "Code", totp(secret));
      await arrivesAt("/help", on);
    });
    await withRecoveryCode(codes[0] ?? "", entered);
    await withRecoveryCode(codes[0] ?? "", refused);
  });

  test("new recovery codes take the old ones", async () => {
    await page.getByRole("button", { name: "New recovery codes" }).click();
    const ask = dialog("New recovery codes");
    await ask.getByLabel("Current password").fill(PASSWORD);
    await ask.getByRole("button", { name: "Make new codes" }).click();
    await dialog("Keep your recovery codes").waitFor();
    const [newer = ""] = (await shown("Recovery codes")).split("\n");
    await page.getByRole("button", { name: "I have it" }).click();
    await withRecoveryCode(codes[1] ?? "", refused);
    await withRecoveryCode(newer, entered);
  });

  test("is switched off with the password, and then the password alone signs in", async () => {
    await page.getByRole("button", { name: "Switch off" }).click();
    const ask = dialog("Switch the second factor off?");
    await ask.getByLabel("Current password").fill(PASSWORD);
    await ask.getByRole("button", { name: "Switch off" }).click();
    await toast("The second factor is off");
    await card("Second factor").getByText("off", { exact: true }).waitFor();
    await inWindow(stranger, async (on) => {
      await go("/sign-in", on);
      await signIn(EMAIL, PASSWORD, on);
      await entered(on);
    });
  });
});

describe("passkeys", { timeout: 180_000 }, () => {
  let device: CDPSession;
  let authenticatorId = "";

  before(async () => {
    await page.addInitScript(() => {
      if (localStorage.getItem("suggests") !== "true")
        PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
    device = await page.context().newCDPSession(page);
    await device.send("WebAuthn.enable");
    ({ authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    }));
  });

  /** A virtual device accepts every suggestion at once: where the button is meant, the browser makes none. */
  const suggest = (isOn: boolean): Promise<void> =>
    page.evaluate((on) => localStorage.setItem("suggests", String(on)), isOn);
  const kept = async (): Promise<number> =>
    (await device.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length;

  async function signOut(): Promise<void> {
    await page.getByRole("button", { name: /^Account:/ }).click();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await arrivesAt("/sign-in");
  }

  test("one is added with the device's own lock, and named", async () => {
    await go("/account");
    await card("Passkeys").getByText("No passkey yet").waitFor();
    await page.getByRole("button", { name: "Add a passkey" }).click();
    assert.deepEqual(await refusedByAxe(page), []);
    await dialog("Add a passkey").getByLabel("Name").fill("laptop");
    await dialog("Add a passkey").getByRole("button", { name: "Go on" }).click();
    await toast("laptop signs you in from now on.");
    await page.getByRole("rowheader", { name: /^laptop/ }).waitFor();
    assert.equal(await kept(), 1);
  });

  test("the same device is not added twice", async () => {
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await dialog("Add a passkey").getByLabel("Name").fill("again");
    await dialog("Add a passkey").getByRole("button", { name: "Go on" }).click();
    await dialog("Add a passkey")
      .getByRole("alert")
      .getByText("has a passkey of this account already")
      .waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await kept(), 1);
  });

  test("it is renamed", async () => {
    await page.getByRole("button", { name: "Rename laptop" }).click();
    await dialog("Rename laptop").getByLabel("Name").fill("work laptop");
    await dialog("Rename laptop").getByRole("button", { name: "Save" }).click();
    await page.getByRole("rowheader", { name: /^work laptop/ }).waitFor();
  });

  test("it signs in without a password, and goes where the person wanted to", async () => {
    await signOut();
    await go("/sign-in?next=/help");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await arrivesAt("/help");
    await page.getByRole("button", { name: /^Account:/ }).waitFor();
  });

  test("it is offered in the e-mail field too, without a button", async () => {
    await signOut();
    const autocomplete = await page.getByLabel("E-mail").getAttribute("autocomplete");
    assert.equal(autocomplete, "username webauthn", "where browsers show what they offer");
    await suggest(true);
    // The page may be left before it is whole.
    await page.goto(`${home}/sign-in`, { waitUntil: "commit" });
    await entered(page);
    await suggest(false);
  });

  test("a device that did not check its person is refused", async () => {
    await signOut();
    await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await refused(page);
    await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  });

  test("one that was removed does not sign in any more", async () => {
    await go("/sign-in");
    await signIn(EMAIL, PASSWORD, page);
    await arrivesAt("/");
    await go("/account");
    await page.getByRole("button", { name: "Remove work laptop" }).click();
    await dialog("Remove work laptop?").getByRole("button", { name: "Remove" }).click();
    await toast("work laptop does not sign in any more.");
    await card("Passkeys").getByText("No passkey yet").waitFor();
    await signOut();
    assert.equal(await kept(), 1, "the device still has it");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByRole("alert").getByText("is not known here").waitFor();
    assert.equal(new URL(page.url()).pathname, "/sign-in");
  });

  test("under an address that has no name the page says where passkeys work", async () => {
    await inWindow(stranger, async (on) => {
      await visit(on, `${product.url}/sign-in`);
      await on.getByRole("button", { name: "Sign in", exact: true }).waitFor();
      assert.equal(await on.getByRole("button", { name: /passkey/ }).count(), 0);
      await signIn(EMAIL, PASSWORD, on);
      await arrivesAtUrl(`${product.url}/`, on);
      await visit(on, `${product.url}/account`);
      await on.getByText("Browsers offer passkeys over https").waitFor();
      assert.equal(await on.getByRole("button", { name: "Add a passkey" }).count(), 0);
    });
  });
});

describe("the audit log of all that", { timeout: 60_000 }, () => {
  test("names each change and each refusal", async () => {
    await go("/sign-in");
    await signIn(EMAIL, PASSWORD, page);
    await arrivesAt("/");
    const lines = await page.evaluate(
      async () => (await (await fetch("/api/audit?limit=200")).json()).entries,
    );
    const seen = new Set(
      lines.map(({ action, result }: { action: string; result: string }) => `${action} ${result}`),
    );
    for (const line of [
      "two-factor.begin refused",
      "two-factor.begin done",
      "two-factor.confirm refused",
      "two-factor.confirm done",
      "two-factor.new-codes done",
      "two-factor.end done",
      "session.second-factor done",
      "passkey.add done",
      "passkey.rename done",
      "passkey.remove done",
      "session.sign-in done",
    ])
      assert.ok(seen.has(line), `${line} is missing in ${[...seen].join(", ")}`);
  });
});
