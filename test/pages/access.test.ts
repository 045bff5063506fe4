/** The real product in a browser: its first account, signing in, keys, people, the audit log. In this order. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Product, startProduct } from "../harness/product.ts";
import { until } from "../harness/until.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { arrivesAtUrl, fitsPhone, inWindow, ready, refusedByAxe, signIn } from "./windows.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";
const NEW_PASSWORD = "another horse, another staple";
const GUEST = "grace@example.com";
const GUEST_PASSWORD = "nanoseconds of copper wire";

let browser: Browser;
let product: Product;
/** Ada's: signed in from the set-up on. */
let page: Page;
let complaints: string[];

before(async () => {
  await ensureBuilt();
  browser = await launchBrowser();
  product = await startProduct();
  ({ page, complaints } = await openPage(browser));
  page.setDefaultTimeout(10_000);
});
after(async () => {
  await browser.close();
  await product.stop();
});

const go = (path: string, on = page): Promise<void> => visit(on, product.url + path);
const arrivesAt = (path: string, on = page): Promise<void> => arrivesAtUrl(product.url + path, on);
const pathOf = (on: Page): string => on.url().slice(product.url.length);
const stranger = async (): Promise<Page> => (await openPage(browser)).page;
const dialog = (name: string | RegExp) => page.getByRole("dialog", { name });
const toast = (text: string | RegExp) => page.locator(".toast", { hasText: text }).waitFor();
const shown = async (label: string): Promise<string> =>
  (await page.getByRole("region", { name: label, exact: true }).textContent()) ?? "";

async function send(key: string): Promise<number> {
  const answer = await fetch(`${product.otlpUrl}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: "{}",
  });
  return answer.status;
}

describe("until there is an owner", { timeout: 120_000 }, () => {
  test("this machine looks around, and is told that everybody on it can", async () => {
    await go("/");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    assert.equal(await page.getByRole("button", { name: /^Account/ }).count(), 0);
    await page.getByRole("link", { name: "Create the owner account" }).click();
    await page.getByRole("heading", { name: "Create the owner account" }).waitFor();
  });

  test("what needs an account leads to the set-up", async () => {
    for (const path of ["/account", "/settings/keys"]) {
      await go(path);
      assert.equal(pathOf(page), "/setup", path);
    }
  });

  test("the set-up breaks no accessibility rule and fits a phone", async () => {
    for (const colorScheme of ["light", "dark"] as const)
      await inWindow(
        async () => (await openPage(browser, { colorScheme, viewport: PHONE })).page,
        async (on) => {
          await go("/setup", on);
          assert.deepEqual(await refusedByAxe(on), [], colorScheme);
          await fitsPhone(on, "/setup");
        },
      );
  });

  test("the set-up makes the account, and goes on signed in", async () => {
    await page.getByLabel("Name").fill("Ada Lovelace");
    await page.getByLabel("E-mail").fill(EMAIL);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create the account" }).click();
    await arrivesAt("/");
    await page.getByRole("button", { name: "Account: Ada Lovelace" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "Create the owner account" }).count(), 0);
    await go("/setup");
    await page.getByText("The owner account exists").waitFor();
    assert.deepEqual(complaints, []);
  });
});

describe("signing in", { timeout: 120_000 }, () => {
  test("signing out closes the pages; signing in returns to the page that was wanted", async () => {
    await inWindow(stranger, async (on) => {
      await go("/traces?range=7d", on);
      assert.equal(pathOf(on), "/sign-in?next=%2Ftraces%3Frange%3D7d");
      await signIn(EMAIL, "not the password", on);
      await on.getByRole("alert").getByText("The e-mail or the password is wrong").waitFor();
      await signIn(EMAIL, PASSWORD, on);
      await arrivesAt("/traces?range=7d", on);
      await on.getByRole("button", { name: "Account: Ada Lovelace" }).click();
      await on.getByRole("button", { name: "Sign out" }).click();
      await arrivesAt("/sign-in", on);
      await go("/services", on);
      assert.equal(pathOf(on), "/sign-in?next=%2Fservices");
    });
  });

  test("a link to somewhere else leads to the overview", async () => {
    await inWindow(stranger, async (on) => {
      await go(`/sign-in?next=${encodeURIComponent("//evil.example/")}`, on);
      await signIn(EMAIL, PASSWORD, on);
      await arrivesAt("/", on);
    });
  });

  test("who is not signed in learns nothing of the installation", async () => {
    const html = await (await fetch(`${product.url}/sign-in`, { headers: { accept: "text/html" } })).text();
    const state = JSON.parse(/id="state">(.*?)<\/script>/s.exec(html)?.[1] ?? "");
    assert.deepEqual(state.installation, {
      version: "",
      isMeasured: false,
      pagesUrl: "",
      otlpHttpUrl: "",
      otlpGrpcUrl: null,
    });
    assert.deepEqual(state.projects, []);
  });
});

describe("keys", { timeout: 120_000 }, () => {
  let key = "";

  test("an ingest key is shown once, and sends", async () => {
    await go("/settings/keys");
    await page.getByRole("button", { name: "New ingest key" }).click();
    await dialog("New ingest key").getByLabel("Name").fill("shop in production");
    await dialog("New ingest key").getByRole("button", { name: "Create the key" }).click();
    await dialog("Copy the key now").waitFor();
    key = await shown("Key");
    assert.match(key, /^tl_ingest_/);
    assert.match(await shown("Environment of the service"), new RegExp(`Bearer%20${key}$`));
    assert.deepEqual(await refusedByAxe(page), []);
    await page.getByRole("button", { name: "I have it" }).click();
    await page.getByRole("rowheader", { name: /shop in production/ }).waitFor();
    assert.ok(!(await page.content()).includes(key), "it is gone from the page");
    await page.reload();
    assert.ok(!(await page.content()).includes(key), "and the server does not send it again");
    assert.equal(await send(key), 200);
  });

  test("a rotated key goes on for as long as was chosen; the new one sends", async () => {
    await ready(page);
    await page.getByRole("button", { name: "Rotate shop in production" }).click();
    await dialog("Rotate shop in production").getByLabel("The old key ends").selectOption("in 1 hour");
    await page.getByRole("button", { name: "Make the new key" }).click();
    const newer = await shown("Key");
    await page.getByRole("button", { name: "I have it" }).click();
    assert.deepEqual(await Promise.all([send(key), send(newer)]), [200, 200]);
    await page.getByText("hands over").waitFor();
  });

  test("a revoked key is refused from then on, after a question", async () => {
    const old = page.getByRole("row").filter({ hasText: "hands over" });
    await old.getByRole("button", { name: /^Revoke/ }).click();
    const question = dialog(/^Revoke shop in production/);
    await question.getByRole("button", { name: "Cancel" }).click();
    assert.equal(await send(key), 200);
    await old.getByRole("button", { name: /^Revoke/ }).click();
    await question.getByLabel("Reason").fill("left in a repository");
    await question.getByRole("button", { name: "Revoke the key" }).click();
    await toast("is revoked");
    assert.equal(await send(key), 401);
    await page.getByRole("row").filter({ hasText: "revoked" }).waitFor();
  });

  test("a refused form says why beside its button", async () => {
    await page.getByRole("button", { name: "New ingest key" }).click();
    const form = dialog("New ingest key");
    await form.getByLabel("Name").fill("site");
    await form.getByLabel("Kind").selectOption("browser");
    await form.getByLabel("Sites").fill("https://shop.example/with/a/path");
    await form.getByRole("button", { name: "Create the key" }).click();
    await form.getByRole("alert").getByText("without a path").waitFor();
    await page.keyboard.press("Escape");
    await form.waitFor({ state: "detached" });
    const focused = await page.evaluate(() => document.activeElement?.textContent);
    assert.equal(focused, "New ingest key", "the focus is back where it was");
  });

  test("an API key reads, within its scopes", async () => {
    await page.getByRole("button", { name: "New API key" }).click();
    await dialog("New API key").getByRole("textbox", { name: "Name" }).fill("nightly report");
    await dialog("New API key").getByRole("button", { name: "Create the key" }).click();
    const apiKey = await shown("Key");
    await page.getByRole("button", { name: "I have it" }).click();
    const ask = async (path: string): Promise<number> =>
      (await fetch(product.url + path, { headers: { authorization: `Bearer ${apiKey}` } })).status;
    assert.deepEqual(await Promise.all([ask("/api/overview"), ask("/api/audit")]), [200, 403]);
    await page.getByRole("rowheader", { name: /nightly report/ }).waitFor();
  });
});

describe("people", { timeout: 120_000 }, () => {
  let link = "";

  test("an invitation is a link, shown once, whose secret stays in the browser", async () => {
    await go("/settings/members");
    await page.getByRole("button", { name: "Invite" }).click();
    await dialog("Invite somebody").getByLabel("E-mail").fill(GUEST);
    await dialog("Invite somebody").getByRole("button", { name: "Make the link" }).click();
    await dialog("Hand over this link").waitFor();
    link = await shown("Link");
    assert.ok(link.startsWith(`${product.url}/invitation#`), link);
    await page.getByRole("button", { name: "I have it" }).click();
    await page.getByRole("group", { name: "Open invitations" }).getByText(GUEST).waitFor();
  });

  test("whoever opens it chooses a password, joins, and sees what a viewer may", async () => {
    await inWindow(stranger, async (on) => {
      await visit(on, link);
      await on.getByText("as Viewer").waitFor();
      assert.equal(pathOf(on), "/invitation", "the secret is gone from the address");
      assert.deepEqual(await refusedByAxe(on), []);
      await on.getByLabel("Name").fill("Grace Hopper");
      await on.getByLabel("Password").fill(GUEST_PASSWORD);
      await on.getByRole("button", { name: "Join" }).click();
      await arrivesAt("/", on);
      await on.getByRole("button", { name: "Account: Grace Hopper" }).click();
      const menu = on.locator("#account-menu");
      assert.deepEqual(await menu.getByRole("link").allTextContents(), [
        "Account",
        "Usage",
        "Retention",
        "Storage",
      ]);
      await go("/settings/members", on);
      await on
        .getByRole("alert")
        .getByText(/Not with the role VIEWER/)
        .waitFor();
      await visit(on, link);
      await on.getByText("Ask whoever invited you for a new link.").waitFor();
    });
  });

  test("a role is changed, a new password handed over, the person removed", async () => {
    await page.reload();
    await ready(page);
    await page.getByRole("button", { name: "Change Grace Hopper" }).click();
    await dialog("Change Grace Hopper").getByLabel("Role").selectOption("ADMIN");
    await dialog("Change Grace Hopper").getByRole("button", { name: "Save" }).click();
    await toast("Grace Hopper is changed.");
    await page
      .getByRole("row", { name: /Grace Hopper/ })
      .getByRole("cell", { name: "Admin" })
      .waitFor();

    await page.getByRole("button", { name: "Reset link for Grace Hopper" }).click();
    await page.getByRole("button", { name: "Make the link" }).click();
    await dialog("Hand over this link").waitFor();
    const reset = await shown("Link");
    await page.getByRole("button", { name: "I have it" }).click();
    await inWindow(stranger, async (on) => {
      await visit(on, reset);
      await on.getByLabel("New password").fill(NEW_PASSWORD);
      await on.getByRole("button", { name: "Change the password" }).click();
      await on.getByRole("link", { name: "Sign in" }).click();
      await signIn(GUEST, NEW_PASSWORD, on);
      await arrivesAt("/", on);
    });

    await page.getByRole("button", { name: "Remove Grace Hopper" }).click();
    await dialog("Remove Grace Hopper?").getByRole("button", { name: "Remove" }).click();
    await toast("Grace Hopper is removed.");
    await until("gone", async () => (await page.getByText(GUEST).count()) === 0);
  });

  test("the roles table is the server's own", async () => {
    const table = page.getByRole("group", { name: "What each role may do" });
    const row = table.getByRole("row", { name: /members:write/ });
    assert.deepEqual(await row.getByRole("cell").allTextContents(), ["no", "no", "yes"]);
  });
});

describe("the audit log", { timeout: 120_000 }, () => {
  test("shows what was done, with the reason, and finds it by a filter", async () => {
    await go("/settings/audit");
    const table = page.getByRole("group", { name: "Audit log" });
    for (const action of ["setup", "ingest-key.create", "ingest-key.rotate", "member.change"])
      await table.getByText(action, { exact: true }).first().waitFor();
    await page.getByLabel("Action").selectOption("ingest-key.revoke");
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL(/action=ingest-key.revoke$/);
    await table.getByText("“left in a repository”").waitFor();
    assert.equal(await table.getByRole("row").count(), 2);
  });

  test("the export has the lines of the filter", async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Export CSV" }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    const lines = Buffer.concat(chunks).toString().trim().split("\n");
    assert.equal(lines.length, 2, lines.join("\n"));
    assert.match(lines[1] ?? "", /ingest-key\.revoke.*left in a repository/);
  });

  test("a day without lines says so", async () => {
    await go("/settings/audit?until=2020-01-01");
    await page.getByText("No line matches this filter").waitFor();
    await page.getByRole("link", { name: "Clear" }).first().click();
    await page.getByRole("group", { name: "Audit log" }).waitFor();
  });
});
