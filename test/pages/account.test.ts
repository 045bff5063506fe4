/** One's own account on the real product, and how all pages behind the sign-in look to machines and on phones. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Product, startProduct } from "../harness/product.ts";
import { launchBrowser, openPage, PHONE, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { arrivesAtUrl, fitsPhone, inWindow, refusedByAxe, signIn } from "./windows.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";
const NEW_PASSWORD = "another horse, another staple";
const SETTINGS = [
  "/account",
  "/settings/organisation",
  "/settings/keys",
  "/settings/members",
  "/settings/single-sign-on",
  "/settings/audit",
];

let browser: Browser;
let product: Product;
/** Ada's. */
let page: Page;

before(async () => {
  await ensureBuilt();
  browser = await launchBrowser();
  product = await startProduct({
    env: { THROUGHLINE_OWNER_EMAIL: EMAIL, THROUGHLINE_OWNER_PASSWORD: PASSWORD },
  });
  ({ page } = await openPage(browser));
  page.setDefaultTimeout(10_000);
  await go("/sign-in");
  await signIn(EMAIL, PASSWORD, page);
  await arrivesAt("/");
});
after(async () => {
  await browser.close();
  await product.stop();
});

const go = (path: string, on = page): Promise<void> => visit(on, product.url + path);
const arrivesAt = (path: string, on = page): Promise<void> => arrivesAtUrl(product.url + path, on);
const dialog = (name: string | RegExp) => page.getByRole("dialog", { name });
const toast = (text: string | RegExp) => page.locator(".toast", { hasText: text }).waitFor();

async function stranger(options: Parameters<typeof openPage>[1] = {}): Promise<Page> {
  return (await openPage(browser, options)).page;
}

/** Another window with Ada's session. */
async function sameSession(options: Parameters<typeof openPage>[1]): Promise<Page> {
  return await stranger({ ...options, storageState: await page.context().storageState() });
}

describe("one's own account", { timeout: 120_000 }, () => {
  test("a session that is ended elsewhere leads to the sign-in on the next step", async () => {
    await inWindow(stranger, async (on) => {
      await go("/sign-in", on);
      await signIn(EMAIL, PASSWORD, on);
      await arrivesAt("/", on);
      await go("/account");
      await page.getByRole("button", { name: "Sign out all others" }).click();
      await dialog("Sign out all other sessions?").getByRole("button", { name: "Sign out" }).click();
      await toast("Signed out.");
      await on.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Traces" }).click();
      await arrivesAt("/sign-in?next=%2Ftraces", on);
    });
  });

  test("a new password takes the old one", async () => {
    await go("/account");
    await page.getByLabel("Current password").fill("not the password");
    await page.getByLabel("New password").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByRole("alert").getByText("The current password is another one").waitFor();
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByRole("button", { name: "Change the password" }).click();
    await toast("The password is changed");
    await inWindow(stranger, async (on) => {
      await go("/sign-in", on);
      await signIn(EMAIL, NEW_PASSWORD, on);
      await arrivesAt("/", on);
    });
  });
});

describe("every page", { timeout: 180_000 }, () => {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`breaks no accessibility rule in ${colorScheme}, with its menu or dialog open too`, async () => {
      await inWindow(
        () => sameSession({ colorScheme }),
        async (on) => {
          for (const path of SETTINGS) {
            await go(path, on);
            assert.deepEqual(await refusedByAxe(on), [], path);
          }
          await on.getByRole("button", { name: /^Account:/ }).click();
          assert.deepEqual(await refusedByAxe(on), [], "the menu");
          await go("/settings/keys", on);
          await on.getByRole("button", { name: "New API key" }).click();
          assert.deepEqual(await refusedByAxe(on), [], "the dialog");
        },
      );
      await inWindow(
        () => stranger({ colorScheme }),
        async (on) => {
          await go("/sign-in", on);
          await signIn(EMAIL, "not the password", on);
          await on.getByRole("alert").locator("p").waitFor();
          assert.deepEqual(await refusedByAxe(on), [], "/sign-in");
        },
      );
    });
  }

  test("fits a phone without scrolling sideways", async () => {
    await inWindow(
      () => sameSession({ viewport: PHONE, hasTouch: true }),
      async (on) => {
        for (const path of SETTINGS) {
          await go(path, on);
          await fitsPhone(on, path);
        }
        await go("/settings/keys", on);
        await on.getByRole("button", { name: "New API key" }).tap();
        await fitsPhone(on, "the dialog");
      },
    );
  });
});
