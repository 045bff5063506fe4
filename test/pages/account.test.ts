/** One's own account on the real product, and how all pages behind the sign-in look to machines and on phones. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { openPage, PHONE } from "./browser.ts";
import { EMAIL, openOwner, PASSWORD } from "./ownerWindow.ts";
import { fitsPhone, inWindow, refusedByAxe, signIn } from "./windows.ts";

const NEW_PASSWORD = "another horse, another staple";
const SETTINGS = [
  "/account",
  "/settings/organisation",
  "/settings/keys",
  "/settings/members",
  "/settings/single-sign-on",
  "/settings/audit",
];

const { page, go, arrivesAt, dialog, toast, stranger, close } = await openOwner();
after(close);

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
