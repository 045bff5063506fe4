/** A real SMTP server on this machine that keeps what it is sent. */
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  /** Of the envelope: who really gets it. */
  readonly to: readonly string[];
  /** By lower-case name; several of one name are in the list. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

export interface TestSmtp {
  /** With a user and password, which it insists on. */
  readonly url: string;
  readonly mails: ReceivedMail[];
  /** While true it takes no mail for anybody. */
  isRefusing: boolean;
  close(): Promise<void>;
}

const USER = "mailer@example.com";
const PASSWORD = "p@ss:w/rd";

export async function startSmtp(): Promise<TestSmtp> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    onAuth: ({ username, password }, _session, done) =>
      username === USER && password === PASSWORD
        ? done(null, { user: USER })
        : done(new Error("wrong user or password")),
    onRcptTo: (_address, _session, done) => done(smtp.isRefusing ? new Error("mailbox unavailable") : null),
    onData: (stream, { envelope }, done) => {
      text(stream).then(
        (raw) => {
          mails.push(
            parse(
              envelope.rcptTo.map(({ address }) => address),
              raw,
            ),
          );
          done();
        },
        (error: Error) => done(error),
      );
    },
  });
  // A client that goes away in the middle is no failure of the test.
  server.on("error", () => {});
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  const smtp: TestSmtp = {
    url: `smtp://${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
    mails,
    isRefusing: false,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
  return smtp;
}

function parse(to: readonly string[], raw: string): ReceivedMail {
  const end = raw.indexOf("\r\n\r\n");
  const headers = new Map<string, string[]>();
  // A line that starts with a blank goes on with the one before.
  for (const line of raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, " ")
    .split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  const body = raw.slice(end + 4);
  const encoding = headers.get("content-transfer-encoding")?.[0];
  if (encoding === "base64") return { to, headers, body: Buffer.from(body, "base64").toString() };
  return { to, headers, body: encoding === "quoted-printable" ? unquoted(body) : body };
}

function unquoted(text: string): string {
  const bytes = text
    .replaceAll("=\r\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}
