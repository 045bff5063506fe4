/** A mail server that fails again and again is not asked for a while: nobody waits ten seconds for each link. */
import type { Breakers } from "../../sources/index.ts";
import type { Mail, Mailer } from "./mailer.ts";

const SERVICE = "SMTP";

export function guardedMailer(mailer: Mailer | null, breakers: Breakers | undefined): Mailer | null {
  if (mailer === null || breakers === undefined) return mailer;
  return {
    async send(mail: Mail) {
      const refusal = await breakers.run(SERVICE, async () => {
        try {
          await mailer.send(mail);
          return null;
        } catch (error) {
          if (isAboutRecipient(error)) return error;
          throw error;
        }
      });
      if (refusal !== null) throw refusal;
    },
    close: () => mailer.close(),
  };
}

/** The server works and does not know the address. */
function isAboutRecipient(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === "EENVELOPE";
}
