/** A product of its own, whose owner is signed in, in a window: what most tests behind the sign-in begin with. */
import type { Browser, Page } from "playwright-core";
import { type Product, startProduct } from "../harness/product.ts";
import { launchBrowser, openPage, visit } from "./browser.ts";
import { ensureBuilt } from "./fixtureServer.ts";
import { arrivesAtUrl, signIn } from "./windows.ts";

export const EMAIL = "ada@example.com";
export const PASSWORD = "correct horse battery staple";
const PATIENCE_MS = 30_000;

export interface OwnerWindow {
  readonly browser: Browser;
  readonly product: Product;
  /** Where the pages are, without a slash at the end. */
  readonly home: string;
  /** Ada's, who is the owner; the other functions mean it where no page is given. */
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly go: (path: string, on?: Page) => Promise<void>;
  readonly arrivesAt: (path: string, on?: Page) => Promise<void>;
  readonly dialog: (name: string | RegExp, on?: Page) => ReturnType<Page["getByRole"]>;
  readonly toast: (text: string | RegExp) => Promise<void>;
  /** A window that knows nobody. */
  readonly stranger: (options?: Parameters<typeof openPage>[1]) => Promise<Page>;
  readonly close: () => Promise<void>;
}

/** @param options.isNamed under `localhost` instead of an address: passkeys are bound to a name, and an address is none */
export async function openOwner(
  options: { readonly env?: Readonly<Record<string, string>>; readonly isNamed?: boolean } = {},
): Promise<OwnerWindow> {
  await ensureBuilt();
  const product = await startProduct({
    env: { THROUGHLINE_OWNER_EMAIL: EMAIL, THROUGHLINE_OWNER_PASSWORD: PASSWORD, ...options.env },
  });
  let browser: Browser | null = null;
  const close = async (): Promise<void> => {
    await browser?.close();
    await product.stop();
  };
  try {
    const launched = (browser = await launchBrowser());
    const home = options.isNamed === true ? product.url.replace("127.0.0.1", "localhost") : product.url;
    const { page, complaints } = await openPage(launched);
    page.setDefaultTimeout(PATIENCE_MS);
    const go = (path: string, on = page): Promise<void> => visit(on, home + path);
    const arrivesAt = (path: string, on = page): Promise<void> => arrivesAtUrl(home + path, on);
    await go("/sign-in");
    await signIn(EMAIL, PASSWORD, page);
    await arrivesAt("/");
    return {
      browser: launched,
      product,
      home,
      page,
      complaints,
      go,
      arrivesAt,
      dialog: (name, on = page) => on.getByRole("dialog", { name }),
      toast: (text) => page.locator(".toast", { hasText: text }).waitFor(),
      stranger: async (context = {}) => (await openPage(launched, context)).page,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
