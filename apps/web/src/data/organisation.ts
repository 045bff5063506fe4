/**
 * One browser works in one organisation at a time. Its cookie decides for documents and live streams; what a page asks
 * names the page's own, so that a page that is out of date never mixes two, nor changes the wrong one.
 */
import { sendApi, type Answer } from "./api.ts";

/** One object a document: its own messages do not come back to it. */
let otherPages: BroadcastChannel | null = null;

/** Goes on in another organisation, as all open pages of this browser do. @param goTo where, in a new document */
export async function enterOrganisation(tenantId: string, goTo: string): Promise<Answer> {
  const answer = await sendApi("POST", "/api/me/tenant", { tenantId });
  if (answer.problem === null) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
    otherPages?.postMessage(tenantId);
    location.assign(goTo);
  }
  return answer;
}

/** Leaves this document when another page of the browser went to another organisation. */
export function followOrganisation(tenantId: string | null): void {
  otherPages = new BroadcastChannel("organisation");
  otherPages.addEventListener("message", ({ data }) => {
    if (data !== tenantId) location.assign("/");
  });
  // The back button brings whole documents back as they were: of another organisation, or of somebody signed out since.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
}
