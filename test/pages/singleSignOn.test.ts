/** Single sign-on through the pages: set up, signed in by a real provider, refused in words, switched off. In this order. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { startOidc } from "../harness/oidc.ts";
import { until } from "../harness/until.ts";
import { PHONE } from "./browser.ts";
import { EMAIL, openOwner, PASSWORD } from "./ownerWindow.ts";
import { fitsPhone, inWindow, ready, refusedByAxe, signIn } from "./windows.ts";

const oidc = await startOidc();
const verified = { email_verified: true };
oidc.people.set("grace", { ...verified, name: "Grace Hopper", email: "grace@corp.example", groups: ["ops"] });
oidc.people.set("eve", { ...verified, name: "Eve", email: "eve@corp.example", groups: ["visitors"] });
const { page, product, complaints, go, arrivesAt, dialog, toast, stranger, close } = await openOwner({
  env: { THROUGHLINE_OUTGOING_ALLOW: "127.0.0.1" },
});
after(async () => {
  await close();
  await oidc.close();
});

/** At the provider's own page. */
async function logIn(name: string, on: Page): Promise<void> {
  await on.waitForURL(`${oidc.issuer}/login/**`);
  await on.getByLabel("Name").fill(name);
  await on.getByRole("button", { name: "Continue" }).click();
}

describe("single sign-on through the pages", { timeout: 120_000 }, () => {
  test("without a provider the page says what one is for", async () => {
    await go("/settings/single-sign-on");
    await page.getByText("People sign in with a password here").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
  });

  test("a provider is added with the redirect address that the dialog shows", async () => {
    await page.getByRole("button", { name: "Add a provider" }).click();
    const form = dialog("Add a provider");
    const redirectUrl =
      (await form.getByRole("region", { name: "Redirect address", exact: true }).textContent()) ?? "";
    const { clientId, clientSecret } = await oidc.register(redirectUrl);
    await form.getByLabel("Name").fill("Acme login");
    await form.getByLabel("Issuer").fill(oidc.issuer);
    await form.getByLabel("Client id").fill(clientId);
    await form.getByLabel("Client secret").fill(clientSecret);
    await form.getByLabel("Mail domains").fill("Corp.example, not a domain");
    for (const [index, group, role] of [
      [1, "ops", "ADMIN"],
      [2, "gone", "VIEWER"],
    ] as const) {
      await form.getByRole("button", { name: "Add a group" }).click();
      await form.getByLabel(`Group ${index}`, { exact: true }).fill(group);
      await form.getByLabel(`Role of group ${index}`).selectOption(role);
    }
    await form.getByRole("button", { name: "Remove group 2" }).click();
    assert.deepEqual(await refusedByAxe(page), []);
    await form.getByRole("button", { name: "Add the provider" }).click();
    await form.getByRole("alert").getByText("must be a domain").first().waitFor();
    await form.getByLabel("Mail domains").fill("Corp.example");
    await form.getByRole("button", { name: "Add the provider" }).click();
    await toast("Added.");
    const row = page.getByRole("row", { name: /Acme login/ });
    assert.match((await row.textContent()) ?? "", /corp\.example.*1 group.*others: refused.*on/);
    assert.ok(!(await page.content()).includes(clientSecret));
  });

  test("the check says that the provider can be used", async () => {
    await page.getByRole("button", { name: "Check Acme login" }).click();
    await dialog("Check of Acme login").getByText("Nothing stands in the way").waitFor();
    await dialog("Check of Acme login").getByText("It publishes 1 key").waitFor();
    assert.deepEqual(await refusedByAxe(page), []);
    await page.getByRole("button", { name: "Close" }).click();
  });

  test("a change keeps the secret and what is not changed", async () => {
    await page.getByRole("button", { name: "Change Acme login" }).click();
    const form = dialog("Change Acme login");
    assert.equal(await form.getByLabel("Group 1", { exact: true }).inputValue(), "ops");
    assert.equal(await form.getByLabel("Client secret").inputValue(), "keep");
    assert.equal(await form.getByLabel("New client secret").count(), 0);
    await form.getByLabel("Name").fill("Acme");
    await form.getByRole("button", { name: "Save" }).click();
    await toast("Saved.");
    await page.getByRole("rowheader", { name: /Acme/ }).waitFor();
  });

  test("who types an address of the domain goes on at the provider, and comes back signed in", async () => {
    await inWindow(stranger, async (on) => {
      await go("/traces?range=7d", on);
      await on.getByLabel("E-mail").fill("grace@corp.example");
      await on.getByLabel("Password").focus();
      await on.getByRole("link", { name: "Continue with Acme" }).click();
      await logIn("grace", on);
      await arrivesAt("/traces?range=7d", on);
      await on.getByRole("button", { name: "Account: Grace Hopper" }).waitFor();
      await go("/account", on);
      await on.getByText("Your organisation's single sign-on looks after this account.").waitFor();
    });
  });

  test("the button asks for the address, says when nothing is set up, and goes to the only provider at once", async () => {
    await inWindow(stranger, async (on) => {
      await go("/sign-in", on);
      const button = on.getByRole("button", { name: "Single sign-on" });
      await button.click();
      assert.equal(await on.evaluate(() => document.activeElement?.getAttribute("name")), "email");
      await on.getByLabel("E-mail").fill("somebody@elsewhere.example");
      await button.click();
      await on.getByRole("status").getByText("Nothing is set up for elsewhere.example.").waitFor();
      assert.deepEqual(await refusedByAxe(on), []);
    });
  });

  test("whose groups have no role reads why on the sign-in page, and can try again", async () => {
    await inWindow(stranger, async (on) => {
      await go("/sign-in?next=%2Ftraces", on);
      await on.getByLabel("E-mail").fill("eve@corp.example");
      await on.getByLabel("Password").focus();
      await on.getByRole("link", { name: "Continue with Acme" }).click();
      await logIn("eve", on);
      await arrivesAt("/sign-in?sso=refused&next=%2Ftraces", on);
      await on.getByRole("alert").getByText("None of your groups has a role here").waitFor();
      assert.deepEqual(await refusedByAxe(on), []);
      await on.setViewportSize(PHONE);
      await fitsPhone(on, "/sign-in");
      await signIn(EMAIL, PASSWORD, on);
      await arrivesAt("/traces", on);
    });
    await inWindow(stranger, async (on) => {
      await go("/sign-in?sso=refused", on);
      assert.equal(await on.getByRole("alert").count(), 0, "a link alone makes no words");
    });
  });

  test("switched off it signs its people out and is not offered", async () => {
    await inWindow(stranger, async (on) => {
      await go("/sign-in", on);
      await on.getByLabel("E-mail").fill("grace@corp.example");
      await on.getByLabel("Password").focus();
      await on.getByRole("link", { name: "Continue with Acme" }).click();
      await logIn("grace", on);
      await arrivesAt("/", on);
      await go("/settings/single-sign-on");
      await page.getByRole("button", { name: "Switch off Acme" }).click();
      await dialog("Switch Acme off?").getByRole("button", { name: "Switch off" }).click();
      await toast("Acme is off.");
      await until("signed out", async () => {
        // A page whose stream was ended leaves by itself, perhaps at this very moment.
        await on.goto(`${product.url}/services`).catch((error: unknown) => {
          if (!String(error).includes("interrupted by another navigation")) throw error;
        });
        return on.url().startsWith(`${product.url}/sign-in`);
      });
      await ready(on);
      await on.getByLabel("E-mail").fill("grace@corp.example");
      await on.getByRole("button", { name: "Single sign-on" }).click();
      await on.getByRole("status").getByText("Nothing is set up").waitFor();
    });
  });

  test("its secret is replaced, and removed for a public client", async () => {
    const change = async (choose: (form: ReturnType<typeof dialog>) => Promise<unknown>): Promise<void> => {
      await page.getByRole("button", { name: "Change Acme" }).click();
      const form = dialog("Change Acme");
      await choose(form);
      await form.getByRole("button", { name: "Save" }).click();
      await form.waitFor({ state: "detached" });
    };
    await change(async (form) => {
      await form.getByLabel("Client secret").selectOption("replace");
      await form.getByLabel("New client secret").fill("the provider's next one");
      assert.deepEqual(await refusedByAxe(page), []);
    });
    await change(async (form) => {
      await form.getByLabel("Client secret").selectOption("remove");
      await form.getByText("as public").waitFor();
    });
    await change(async (form) => {
      assert.equal(await form.getByLabel("Client secret").getAttribute("type"), "password", "none is stored");
    });
    const fates = await page.evaluate(async () => {
      const { entries } = await (await fetch("/api/audit?action=sso.change")).json();
      return entries.map(({ detail }: { detail: { clientSecret: string } }) => detail.clientSecret);
    });
    assert.deepEqual(fates.slice(0, 3), ["kept", "removed", "replaced"]);
  });

  test("deleted it is gone, after a question", async () => {
    await page.getByRole("button", { name: "Delete Acme" }).click();
    await dialog("Delete Acme?").getByLabel("Reason").fill("another provider");
    await dialog("Delete Acme?").getByRole("button", { name: "Delete the provider" }).click();
    await page.getByText("People sign in with a password here").waitFor();
    assert.deepEqual(complaints, [
      "Failed to load resource: the server responded with a status of 400 (Bad Request)",
    ]);
  });
});
