/**
 * Pictures of the access pages for docs/images/: starts a product of its own and walks through it as its first owner and a
 * guest: `npm run images:access -- [folder]`. To be looked at, not compared.
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { startOidc } from "../harness/oidc.ts";
import { startProduct } from "../harness/product.ts";
import { totp } from "../harness/totp.ts";
import { DESKTOP, launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { arrivesAtUrl, signIn } from "./windows.ts";

const [, , folder = fileURLToPath(new URL("../../docs/images/", import.meta.url))] = process.argv;
const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";
const GUEST = "grace@example.com";
const DEVICES = { desktop: DESKTOP, phone: PHONE } as const;
/** Toasts have gone, charts have come to rest. */
const SETTLED_MS = 1500;

type Device = keyof typeof DEVICES;
type Theme = "light" | "dark";

await mkdir(folder, { recursive: true });
await ensureBuilt();
const browser = await launchBrowser();
const oidc = await startOidc();
const product = await startProduct({ env: { THROUGHLINE_OUTGOING_ALLOW: "127.0.0.1" } });
const { page } = await openPage(browser, { colorScheme: "dark" });
const dialog = (name: string | RegExp) => page.getByRole("dialog", { name });
const go = (path: string, on = page): Promise<void> => visit(on, product.url + path);
const file = (name: string, device: Device, theme: Theme) =>
  `${folder}/access-${name}-${device}-${theme}.png`;

/** As it is on the screen, with the dialog that is open. */
async function picture(name: string, device: Device = "desktop", on: Page = page): Promise<void> {
  await on.setViewportSize(DEVICES[device]);
  await on.waitForTimeout(SETTLED_MS);
  await on.screenshot({ path: file(name, device, "dark") });
  await on.setViewportSize(DESKTOP);
}

/** The address, signed in: light on a desktop, dark on a phone. */
async function pictures(name: string, path: string): Promise<void> {
  const storageState = await page.context().storageState();
  for (const [device, colorScheme] of [
    ["desktop", "light"],
    ["phone", "dark"],
  ] as const) {
    const options = { viewport: DEVICES[device], colorScheme, hasTouch: device === "phone", storageState };
    const { page: on } = await openPage(browser, options);
    await go(path, on);
    await on.waitForTimeout(SETTLED_MS);
    await on.screenshot({ path: file(name, device, colorScheme) });
    await on.context().close();
  }
}

async function setUp(): Promise<void> {
  await go("/setup");
  await page.getByLabel("Name").fill("Ada Lovelace");
  await page.getByLabel("E-mail").fill(EMAIL);
  await page.getByLabel("Password").fill(PASSWORD);
  await picture("setup");
  await page.getByRole("button", { name: "Create the account" }).click();
  await arrivesAtUrl(`${product.url}/`, page);
}

async function keys(): Promise<void> {
  for (const [name, kind] of [
    ["shop in production", "server"],
    ["shop.example", "browser"],
  ] as const) {
    await go("/settings/keys");
    await page.getByRole("button", { name: "New ingest key" }).click();
    const form = dialog("New ingest key");
    await form.getByLabel("Name").fill(name);
    if (kind === "browser") {
      await form.getByLabel("Kind").selectOption("browser");
      await form.getByLabel("Sites").fill("https://shop.example");
    }
    await form.getByRole("button", { name: "Create the key" }).click();
    await dialog("Copy the key now").waitFor();
    if (kind === "server") {
      await picture("key-once", "phone");
    }
    await page.getByRole("button", { name: "I have it" }).click();
  }
  await page.getByRole("button", { name: "New API key" }).click();
  const form = dialog("New API key");
  await form.getByRole("textbox", { name: "Name" }).fill("nightly report");
  await picture("api-key", "phone");
  await form.getByRole("button", { name: "Create the key" }).click();
  await page.getByRole("button", { name: "I have it" }).click();
  await page.getByRole("button", { name: "Revoke shop.example" }).click();
  await dialog(/^Revoke shop.example/)
    .getByLabel("Reason")
    .fill("left in a repository");
  await picture("revoke", "phone");
  await page.getByRole("button", { name: "Revoke the key" }).click();
}

async function people(): Promise<void> {
  for (const email of [GUEST, "linus@example.com"]) {
    await go("/settings/members");
    await page.getByRole("button", { name: "Invite" }).click();
    await dialog("Invite somebody").getByLabel("E-mail").fill(email);
    if (email === GUEST) await picture("invite", "phone");
    await dialog("Invite somebody").getByRole("button", { name: "Make the link" }).click();
    await dialog("Hand over this link").waitFor();
    const link = (await page.getByRole("region", { name: "Link", exact: true }).textContent()) ?? "";
    await page.getByRole("button", { name: "I have it" }).click();
    if (email !== GUEST) continue;
    const { page: guest } = await openPage(browser, { colorScheme: "dark", viewport: PHONE, hasTouch: true });
    await visit(guest, link);
    await guest.getByLabel("Name").fill("Grace Hopper");
    await guest.getByLabel("Password").fill("nanoseconds of copper wire");
    await picture("invitation", "phone", guest);
    await guest.setViewportSize(PHONE);
    await guest.getByRole("button", { name: "Join" }).click();
    await arrivesAtUrl(`${product.url}/`, guest);
    await guest.context().close();
  }
}

async function secondFactor(): Promise<void> {
  await go("/account");
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  await dialog("Set up an authenticator app").getByLabel("Current password").fill(PASSWORD);
  await dialog("Set up an authenticator app").getByRole("button", { name: "Go on" }).click();
  const scan = dialog("Scan the code with your app");
  await scan.waitFor();
  await picture("twofactor");
  const secret = (await page.getByRole("region", { name: "Secret", exact: true }).textContent()) ?? "";
  await scan.getByLabel("Code", { exact: true }).fill(totp(secret));
  await scan.getByRole("button", { name: "Switch on" }).click();
  await dialog("Keep your recovery codes").waitFor();
  await picture("recovery-codes", "phone");
  await page.getByRole("button", { name: "I have them" }).click();
}

async function singleSignOn(): Promise<void> {
  await go("/settings/single-sign-on");
  await page.getByRole("button", { name: "Add a provider" }).click();
  const form = dialog("Add a provider");
  const shown = form.getByRole("region", { name: "Redirect address", exact: true });
  const { clientId, clientSecret } = await oidc.register((await shown.textContent()) ?? "");
  await form.getByLabel("Name").fill("Acme login");
  await form.getByLabel("Issuer").fill(oidc.issuer);
  await form.getByLabel("Client id").fill(clientId);
  await form.getByLabel("Client secret").fill(clientSecret);
  await form.getByLabel("Mail domains").fill("corp.example");
  await form.getByRole("button", { name: "Add a group" }).click();
  await form.getByLabel("Group 1", { exact: true }).fill("ops");
  await form.getByLabel("Role of group 1").selectOption("ADMIN");
  await picture("sso-provider", "phone");
  await form.getByRole("button", { name: "Add the provider" }).click();
  await page.getByRole("button", { name: "Check Acme login" }).click();
  await dialog("Check of Acme login").getByText("Nothing stands in the way").waitFor();
  await picture("sso");
  await page.getByRole("button", { name: "Close" }).click();
}

async function door(): Promise<void> {
  const { page: stranger } = await openPage(browser, {
    colorScheme: "dark",
    viewport: PHONE,
    hasTouch: true,
  });
  await go("/traces", stranger);
  await picture("signin", "phone", stranger);
  await stranger.getByLabel("E-mail").fill("grace@corp.example");
  await stranger.getByLabel("Password").focus();
  await stranger.getByRole("link", { name: "Continue with Acme" }).waitFor();
  await picture("sso-signin", "phone", stranger);
  await go("/sign-in", stranger);
  await signIn(EMAIL, PASSWORD, stranger);
  await stranger.getByLabel("Code", { exact: true }).waitFor();
  await picture("signin-code", "phone", stranger);
  await stranger.context().close();
}

try {
  await setUp();
  await keys();
  await people();
  await secondFactor();
  await singleSignOn();
  await door();
  for (const [name, path] of Object.entries({
    account: "/account",
    keys: "/settings/keys",
    members: "/settings/members",
    providers: "/settings/single-sign-on",
    audit: "/settings/audit",
    usage: "/settings/usage",
    organisation: "/settings/organisation",
  }))
    await pictures(name, path);
} finally {
  await browser.close();
  await product.stop();
  await oidc.close();
}
