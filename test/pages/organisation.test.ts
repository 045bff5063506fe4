/** Organisations and projects on the real product: their page, and a person who belongs to two. In this order. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { until } from "../harness/until.ts";
import { openPage, PHONE, visit } from "./browser.ts";
import { openOwner } from "./ownerWindow.ts";
import { fitsPhone, inWindow, refusedByAxe } from "./windows.ts";

const GUEST = "grace@example.com";
const GUEST_PASSWORD = "nanoseconds of copper wire";

const { browser, page, product, go, arrivesAt, dialog, toast, stranger, close } = await openOwner();
after(close);
const button = (name: string | RegExp, on = page) => on.getByRole("button", { name, exact: true });
const nameField = () => page.getByRole("textbox", { name: "Name" });
const switcherNames = async (on = page): Promise<string[]> =>
  (await on.locator("#projects .menu-item > span").allTextContents()).toSorted();

async function send(key: string, body: string): Promise<number> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
  return (await fetch(`${product.otlpUrl}/v1/logs`, { method: "POST", headers, body })).status;
}

const line = (text: string): string =>
  JSON.stringify({
    resourceLogs: [
      {
        scopeLogs: [
          {
            logRecords: [
              { severityNumber: 9, body: { stringValue: text }, timeUnixNano: `${Date.now()}000000` },
            ],
          },
        ],
      },
    ],
  });

/** Of the organisation that the page is in. */
async function newIngestKey(on: Page): Promise<string> {
  await go("/settings/keys", on);
  await button("New ingest key", on).click();
  await dialog("New ingest key", on).getByLabel("Name").fill("shop");
  await button("Create the key", on).click();
  const key = await on.getByRole("region", { name: "Key", exact: true }).textContent();
  await button("I have it", on).click();
  return key ?? "";
}

describe("projects", { timeout: 120_000 }, () => {
  let key = "";

  test("one is made and renamed, and the switcher has it at once", async () => {
    await go("/settings/organisation");
    await button("New project").click();
    await dialog("New project").getByLabel("Name").fill("Shop");
    await dialog("New project").getByLabel("Id").fill("Not an id");
    await button("Create the project").click();
    await dialog("New project").getByRole("alert").getByText("lower-case letters").waitFor();
    await dialog("New project").getByLabel("Id").fill("shop");
    await button("Create the project").click();
    await toast("The project is there");
    await page.getByRole("rowheader", { name: /^Shop/ }).waitFor();
    await button("Rename Shop").click();
    await dialog("Rename Shop").getByLabel("Name").fill("Web shop");
    await button("Save").click();
    await page.locator("#projects .menu-item", { hasText: "Web shop" }).waitFor({ state: "attached" });
    assert.deepEqual(await switcherNames(), ["Default", "Throughline itself", "Web shop"]);
  });

  test("an ingest key of it is edited; while it is rotated both keys are shown as what they are", async () => {
    key = await newIngestKey(page);
    await button("Edit shop").click();
    const focused = await page.evaluate(() => document.activeElement?.getAttribute("name"));
    assert.equal(focused, "name", "a dialog begins with its first field");
    await dialog("Edit shop").getByLabel("Name").fill("shop in production");
    await button("Save").click();
    await toast("The key is changed.");
    await button("Rotate shop in production").click();
    await button("Make the new key").click();
    await dialog("Copy the key now")
      .getByText("The old key ends in 24 hours: until then both work.")
      .waitFor();
    const next = (await page.getByRole("region", { name: "Key", exact: true }).textContent()) ?? "";
    await button("I have it").click();
    const old = page.getByRole("row").filter({ hasText: "hands over" });
    await old.getByText(`then ${next.slice(0, 14)}…`).waitFor();
    assert.equal(await old.getByRole("button", { name: /^Rotate/ }).count(), 0);
    await page.getByText(`beside ${key.slice(0, 14)}…`).waitFor();
  });

  test("the sites of a browser key are edited", async () => {
    await button("New ingest key").click();
    const made = dialog("New ingest key");
    await made.getByLabel("Name").fill("site");
    await made.getByLabel("Project").selectOption("shop");
    await made.getByLabel("Kind").selectOption("browser");
    await made.getByLabel("Sites").fill("https://shop.example");
    await button("Create the key").click();
    const browserKey = (await page.getByRole("region", { name: "Key", exact: true }).textContent()) ?? "";
    await button("I have it").click();
    const from = async (origin: string): Promise<number> =>
      (
        await fetch(`${product.otlpUrl}/v1/logs`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${browserKey}`, origin },
          body: "{}",
        })
      ).status;
    assert.deepEqual(
      await Promise.all([from("https://shop.example"), from("https://new.example")]),
      [200, 401],
    );
    await button("Edit site").click();
    await dialog("Edit site").getByLabel("Sites").fill("https://new.example, https://*.new.example");
    await button("Save").click();
    await toast("The key is changed.");
    assert.deepEqual(
      await Promise.all([from("https://shop.example"), from("https://new.example")]),
      [401, 200],
    );
  });

  test("one is deleted after its id was typed and a reason given, and its keys end", async () => {
    await go("/settings/organisation?project=shop");
    assert.equal(await button("Delete Default").isDisabled(), true, "the installation's own stays");
    await button("Delete Web shop").click();
    const question = dialog("Delete Web shop?");
    await question.getByText("1 ingest key: what is sent with them is refused").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await question.getByLabel("Type “shop” to confirm").fill("shopp");
    await question.getByLabel("Reason").fill("moved elsewhere");
    await button("Delete the project").click();
    await question.getByRole("alert").getByText("Type the project's id exactly as it is").waitFor();
    await question.getByLabel("Type “shop” to confirm").fill("shop");
    await button("Delete the project").click();
    await toast("Web shop is deleted");
    await page.waitForURL(`${product.url}/settings/organisation`);
    await page.locator("#projects .menu-item", { hasText: "Web shop" }).waitFor({ state: "detached" });
    await go("/settings/audit?action=project.delete&result=done");
    await page.getByText("“moved elsewhere”").waitFor();
  });
});

describe("two organisations", { timeout: 180_000 }, () => {
  /** Of the second one. */
  let key = "";
  let link = "";

  test("the first organisation is renamed and stays; its super administrator makes a further one", async () => {
    await go("/settings/organisation");
    await nameField().fill("Home");
    await Promise.all([page.waitForEvent("load"), button("Rename").click()]);
    await page.getByText("it stays as long as the installation does").waitFor();
    await button("New organisation").click();
    await dialog("New organisation").getByLabel("Name").fill("Acme");
    await Promise.all([page.waitForEvent("load"), button("Create and go there").click()]);
    await nameField().and(page.locator("[value=Acme]")).waitFor();
    assert.deepEqual(await switcherNames(), ["Default"]);
    assert.equal(await button("New organisation").count(), 0, "further ones are made in the first");
    key = await newIngestKey(page);
    // Grace is an administrator here, and only looks at the first.
    await go("/settings/members");
    await button("Invite").click();
    await dialog("Invite somebody").getByLabel("E-mail").fill(GUEST);
    await dialog("Invite somebody").getByLabel("Role").selectOption("ADMIN");
    await button("Make the link").click();
    link = (await page.getByRole("region", { name: "Link", exact: true }).textContent()) ?? "";
    await button("I have it").click();
  });

  test("a person with two roles changes over by the keyboard, and may what the role there may", async () => {
    await inWindow(stranger, async (on) => {
      await visit(on, link);
      await on.getByLabel("Name").fill("Grace Hopper");
      await on.getByLabel("Password").fill(GUEST_PASSWORD);
      await button("Join", on).click();
      await arrivesAt("/", on);
      await enter("Home");
      await go("/settings/members");
      await button("Invite").click();
      await dialog("Invite somebody").getByLabel("E-mail").fill(GUEST);
      await button("Make the link").click();
      const second = (await page.getByRole("region", { name: "Link", exact: true }).textContent()) ?? "";
      await button("I have it").click();
      await visit(on, second);
      await button("Join", on).click();
      await arrivesAt("/", on);

      const tabs = async (): Promise<string[]> => {
        await go("/account", on);
        return await on.getByRole("navigation", { name: "Settings" }).getByRole("link").allTextContents();
      };
      const byRole: Record<string, string[]> = {
        Home: ["Account", "Usage", "Retention", "Storage"],
        Acme: ["Account", "Organisation", "Keys", "Members", "Audit log", "Usage", "Retention", "Storage"],
      };
      for (const name of ["Home", "Acme", "Home"]) {
        await enterByKeyboard(name, on);
        assert.deepEqual(await tabs(), byRole[name], name);
      }
    });
  });

  test("nothing of the one that was left is shown: not live, not in another tab, not by the back button", async () => {
    const other = await page.context().newPage();
    await go("/tail?project=default");
    await go("/tail?project=default", other);
    await other.getByText("live", { exact: true }).waitFor();
    await enter("Acme");
    // The other tab leaves too.
    await arrivesAt("/", other);
    await go("/tail", other);
    await other.getByText("live", { exact: true }).waitFor();
    // Keyless telemetry of this machine belongs to the first organisation.
    const sent = await fetch(`${product.otlpUrl}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: line("a secret of Home"),
    });
    assert.equal(sent.status, 200);
    await until("it is readable in Home", async () => (await tailOf("Home")).includes("a secret of Home"));
    assert.equal(await send(key, line("a word of Acme")), 200);
    await other.getByText("a word of Acme").waitFor();
    assert.equal(await other.getByText("a secret of Home").count(), 0);
    // The tail tells of lines before they are readable; a new document reads.
    await until("it is readable in Acme", async () => (await tailOf("Acme")).includes("a word of Acme"));
    await page.goBack();
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.getByText("a word of Acme").waitFor();
    assert.equal(await page.getByText("a secret of Home").count(), 0);
    await enter("Home");
    await go("/tail?project=default");
    await page.getByText("a secret of Home").waitFor();
    assert.equal(await page.getByText("a word of Acme").count(), 0);
    await other.close();
  });

  test("a page of the one that was left changes nothing in the other", async () => {
    await go("/settings/organisation");
    // Another browser window's choice that this page did not hear of.
    const stale = await page.evaluate(async () => {
      const me = await (await fetch("/api/me")).json();
      const acme = me.memberships.find(({ tenantName }: { tenantName: string }) => tenantName === "Acme");
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ tenantId: acme.tenantId });
      return (await fetch("/api/me/tenant", { method: "POST", headers, body })).status;
    });
    assert.equal(stale, 200);
    await button("New project").click();
    await dialog("New project").getByLabel("Name").fill("Of Home");
    await dialog("New project").getByLabel("Id").fill("of-home");
    await button("Create the project").click();
    await page.getByRole("rowheader", { name: /^Of Home/ }).waitFor();
    await page.reload();
    await nameField().and(page.locator("[value=Acme]")).waitFor();
    assert.equal(await page.getByRole("rowheader", { name: /^Of Home/ }).count(), 0);
  });

  test("the further one is deleted after its name was typed and a reason given", async () => {
    await go("/settings/organisation");
    await button("Delete Acme").click();
    const question = dialog("Delete Acme?");
    await question.getByText("1 project with all traces, logs and metrics: default").waitFor();
    await question.getByText("1 ingest key, and all API keys").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await question.getByLabel("Type “Acme” to confirm").fill("acme");
    await question.getByLabel("Reason").fill("closed down");
    await button("Delete the organisation").click();
    await question.getByRole("alert").getByText("exactly as it is").waitFor();
    await question.getByLabel("Type “Acme” to confirm").fill("Acme");
    await button("Delete the organisation").click();
    await arrivesAt("/");
    assert.equal(await send(key, "{}"), 401);
    assert.deepEqual(await switcherNames(), ["Default", "Of Home", "Throughline itself"]);
  });

  test("the page fits a phone and breaks no accessibility rule", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const state = await page.context().storageState();
      await inWindow(
        async () => (await openPage(browser, { viewport: PHONE, colorScheme, storageState: state })).page,
        async (on) => {
          await go("/settings/organisation", on);
          assert.deepEqual(await refusedByAxe(on), [], colorScheme);
          await fitsPhone(on, "/settings/organisation");
        },
      );
    }
  });
});

/** What the API answers Ada in one of her organisations. */
async function tailOf(organisation: string): Promise<string> {
  return await page.evaluate(async (wanted) => {
    const { memberships } = await (await fetch("/api/me")).json();
    const { tenantId } = memberships.find(({ tenantName }: { tenantName: string }) => tenantName === wanted);
    const headers = { "x-throughline-tenant": tenantId };
    return await (await fetch("/api/tail?project=default", { headers })).text();
  }, organisation);
}

async function enter(name: string, on = page): Promise<void> {
  await on.getByRole("button", { name: /^Account:/ }).click();
  const choice = on.getByRole("group", { name: "Organisation" }).getByRole("button", { name });
  await inNewDocument(on, () => choice.click());
}

async function enterByKeyboard(name: string, on: Page): Promise<void> {
  await on.getByRole("button", { name: /^Account:/ }).focus();
  await on.keyboard.press("Enter");
  const wanted = on.getByRole("group", { name: "Organisation" }).getByRole("button", { name });
  await wanted.waitFor();
  for (let steps = 0; steps < 5; steps++) {
    await on.keyboard.press("Tab");
    if (await wanted.evaluate((element) => element === document.activeElement)) break;
  }
  await inNewDocument(on, () => on.keyboard.press("Enter"));
  await on
    .getByRole("button", { name: /^Account:/ })
    .filter({ hasText: name })
    .waitFor();
}

/** Also where the address stays the same: the document that is there is marked, and the next one is not. */
async function inNewDocument(on: Page, act: () => Promise<void>): Promise<void> {
  await on.evaluate(() => {
    document.documentElement.dataset.old = "";
  });
  await act();
  await on.locator("html[data-ready]:not([data-old])").waitFor({ state: "attached" });
  assert.equal(on.url(), `${product.url}/`);
}
