/** A session that somebody left open: it must not open a door for good before its person proved to be there. In this order. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Client } from "pg";
import { startPostgres } from "../harness/postgres.ts";
import { totp } from "../harness/totp.ts";
import { EMAIL, openOwner, PASSWORD } from "./ownerWindow.ts";
import { refusedByAxe, signIn } from "./windows.ts";

// A server of its own, since the embedded store can't be changed beside the product.
const postgres = await startPostgres();
const databaseUrl = await postgres.createDatabase();
const { page, go, dialog, toast, arrivesAt, close } = await openOwner({
  isNamed: true,
  env: { DATABASE_URL: databaseUrl },
});
after(async () => {
  await close();
  await postgres.stop();
});

const card = (name: string) => page.getByRole("region", { name, exact: true });
const shown = async (label: string): Promise<string> => (await card(label).textContent()) ?? "";

/** All sessions began this long ago. */
async function ageSessions(days: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      "update sessions set created_at = created_at - make_interval(days => $1)",
      [days],
    );
    assert.ok((rowCount ?? 0) > 0);
  } finally {
    await client.end();
  }
}

async function add(name: string): Promise<void> {
  await dialog("Add a passkey").getByLabel("Name").fill(name);
  await dialog("Add a passkey").getByRole("button", { name: "Go on" }).click();
}

/** From the refusal to the sign-in page. */
async function signInAgain(): Promise<void> {
  await dialog("Add a passkey").getByText("it takes a sign-in of the last day").waitFor();
  assert.deepEqual(await refusedByAxe(page), []);
  await page.getByRole("button", { name: "Sign in again" }).click();
  await arrivesAt("/sign-in?next=%2Faccount%23add-passkey");
  await signIn(EMAIL, PASSWORD, page);
}

describe("a passkey in a session of two days ago", { timeout: 180_000 }, () => {
  test("is refused with the reason; after the password the person goes on where they were", async () => {
    const device = await page.context().newCDPSession(page);
    await device.send("WebAuthn.enable");
    const { authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    // A virtual device accepts what a sign-in page suggests at once; here it is the password that is typed.
    await page.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
    const kept = async (): Promise<number> =>
      (await device.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length;
    await ageSessions(2);
    await go("/account");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await add("laptop");
    await signInAgain();
    assert.equal(await kept(), 0);
    await dialog("Add a passkey").waitFor();
    assert.equal(new URL(page.url()).pathname, "/account");
    await add("laptop");
    await toast("laptop signs you in from now on.");
    assert.equal(await kept(), 1);
    await device.send("WebAuthn.clearCredentials", { authenticatorId });
  });

  test("with a second factor the code is asked for too", async () => {
    await page.getByRole("button", { name: "Set up an authenticator app" }).click();
    const first = dialog("Set up an authenticator app");
    await first.getByLabel("Current password").fill(PASSWORD);
    await first.getByRole("button", { name: "Go on" }).click();
    const scan = dialog("Scan the code with your app");
    const secret = await shown("Secret");
    await scan.getByLabel("Code", { exact: true }).fill(totp(secret));
    await scan.getByRole("button", { name: "Switch on" }).click();
    await dialog("Keep your recovery codes").getByRole("button", { name: "I have them" }).click();
    await card("Second factor").getByText("on", { exact: true }).waitFor();
    await ageSessions(2);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await add("key ring");
    await signInAgain();
    await page.getByLabel("Code", { exact: true }).fill(totp(secret));
    await page.getByRole("button", { name: "Verify" }).click();
    await dialog("Add a passkey").waitFor();
    await add("key ring");
    await toast("key ring signs you in from now on.");
  });
});
