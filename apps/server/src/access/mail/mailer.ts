/** Mail through the operator's SMTP server. Without SMTP_URL there is none: links are shown to administrators instead. */
import { createTransport } from "nodemailer";
import { inOneLine } from "./texts.ts";

export interface Mail {
  readonly to: string;
  readonly subject: string;
  /** Plain text: nothing in it can be more than it looks. */
  readonly text: string;
}

export interface Mailer {
  /** @throws {Error} when the server does not take it. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

export interface MailerOptions {
  /** `smtp://user:password@host:587`, `smtps://…:465`. */
  readonly smtpUrl?: string | undefined;
  readonly mailFrom?: string | undefined;
}

const TIMEOUT_MS = 10_000;
const ONE_ADDRESS = /^[^\s\p{C}@,;:<>()"\\]+@[^\s\p{C}@,;:<>()"\\]+$/u;

export function createMailer({ smtpUrl, mailFrom }: MailerOptions): Mailer | null {
  if (smtpUrl === undefined) return null;
  const url = new URL(smtpUrl);
  const isImplicitTls = url.protocol === "smtps:";
  const transport = createTransport({
    host: url.hostname,
    port: url.port === "" ? (isImplicitTls ? 465 : 587) : Number(url.port),
    secure: isImplicitTls,
    ...(url.username === ""
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    pool: true,
    maxConnections: 2,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const from = mailFrom ?? `Throughline <throughline@${url.hostname}>`;
  return {
    async send({ to, subject, text }) {
      // The forms that ask for addresses take no others; whatever else hands one on does not get round it.
      if (!ONE_ADDRESS.test(to)) throw new Error("Mail goes to one plain address at a time.");
      await transport.sendMail({ from, to: { name: "", address: to }, subject: inOneLine(subject), text });
    },
    close: () => transport.close(),
  };
}
