/** What is mailed. Names in it were chosen by people: they are a part of one line and can't look like another. */
import type { OpenInvitation } from "../people/invitations.ts";
import type { Mail } from "./mailer.ts";

export function invitationMail(
  { email, tenantName, invitedBy }: Pick<OpenInvitation, "email" | "tenantName" | "invitedBy">,
  url: string,
): Mail {
  const organisation = inOneLine(tenantName);
  const who = invitedBy === "" ? "You are invited" : `${inOneLine(invitedBy)} invites you`;
  return {
    to: email,
    subject: `Your invitation to ${organisation}`,
    text: `${who} to ${organisation} on Throughline. Open this link to join; it works once:\n\n${url}\n`,
  };
}

export function passwordMail(email: string, url: string): Mail {
  return {
    to: email,
    subject: "Your Throughline password",
    text:
      `Open this link to choose a new password; it works once, for one hour:\n\n${url}\n\n` +
      "If you did not ask for it, nothing has to be done.\n",
  };
}

/** Without line breaks of any kind and without what is not to be seen. */
export function inOneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{C}]+/gu, " ")
    .trim()
    .slice(0, 200)
    .toWellFormed();
}
