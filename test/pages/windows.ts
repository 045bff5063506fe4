/** Steps that tests of the real product share. */
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

export const ready = (on: Page): Promise<void> =>
  on.locator("html[data-ready]").waitFor({ state: "attached" });

/** A new document at this very address. */
export async function arrivesAtUrl(url: string, on: Page): Promise<void> {
  await on.waitForURL(url);
  await ready(on);
}

/** On the sign-in page. */
export async function signIn(email: string, password: string, on: Page): Promise<void> {
  await on.getByLabel("E-mail").fill(email);
  await on.getByLabel("Password").fill(password);
  await on.getByRole("button", { name: "Sign in", exact: true }).click();
}

export async function refusedByAxe(on: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: on }).analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
}

/** Closes it in any case. */
export async function inWindow(open: () => Promise<Page>, work: (on: Page) => Promise<void>): Promise<void> {
  const on = await open();
  on.setDefaultTimeout(10_000);
  try {
    await work(on);
  } finally {
    await on.context().close();
  }
}

export async function fitsPhone(on: Page, name: string): Promise<void> {
  const overhang = await on.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(overhang <= 0, `${name}: ${overhang} px`);
}
