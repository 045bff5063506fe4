/** Mail through a real SMTP server: it arrives, it says nothing that somebody's name made up, and its failure is told. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { auditPage, invitationView, secretLink } from "@throughline/contract";
import { type ReceivedMail, startSmtp, type TestSmtp } from "../../../../../test/harness/smtp.ts";
import { until } from "../../../../../test/harness/until.ts";
import { createMailer } from "../../access/mail/mailer.ts";
import { addPerson, fromElsewhere, markSetUp, type TestPerson } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";
import { headersOf } from "./ssoTools.ts";

export function mailSuite(backend: AccessBackend): void {
  describe(`mail on ${backend.name}`, () => {
    let rig: Rig;
    let smtp: TestSmtp;
    let owner: TestPerson;
    let headers: Record<string, string>;
    before(async () => {
      smtp = await startSmtp();
      rig = await openRig(backend, { smtpUrl: smtp.url });
      await markSetUp(rig.control);
      owner = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      headers = await headersOf(rig, owner);
    });
    after(async () => {
      await rig.close();
      await smtp.close();
    });

    const post = (url: string, payload: object, as: Record<string, string> = {}) =>
      fromElsewhere(rig.app, { method: "POST", url, payload, headers: as });
    const invite = async (email: string) => {
      const answer = await post("/api/invitations", { email, role: "VIEWER" }, headers);
      assert.equal(answer.statusCode, 200, answer.body);
      return secretLink.parse(answer.json());
    };
    const mailTo = (address: string): ReceivedMail | undefined =>
      smtp.mails.find(({ to }) => to.includes(address));
    const auditOf = async (action: string) =>
      auditPage.parse((await fromElsewhere(rig.app, { url: `/api/audit?action=${action}`, headers })).json())
        .entries;
    /** All that could send it elsewhere or make it look like another's. */
    function isOneMail(mail: ReceivedMail | undefined, address: string): asserts mail is ReceivedMail {
      assert.ok(mail !== undefined, `no mail for ${address}`);
      assert.deepEqual(mail.to, [address]);
      assert.deepEqual(mail.headers.get("to"), [address]);
      for (const name of ["cc", "bcc", "reply-to", "x-evil"]) assert.equal(mail.headers.get(name), undefined);
      for (const name of ["from", "subject", "content-type"])
        assert.equal(mail.headers.get(name)?.length, 1, name);
      assert.match(mail.headers.get("content-type")?.[0] ?? "", /^text\/plain/);
    }

    test("an invitation arrives with the link that the administrator sees", async () => {
      const link = await invite("grace@example.com");
      assert.deepEqual([link.isMailed, link.hasMailFailed], [true, false]);
      const mail = mailTo("grace@example.com");
      isOneMail(mail, "grace@example.com");
      assert.ok(mail.body.split(/\s+/).includes(link.url), mail.body);
      assert.match(mail.body, /A SUPER_ADMIN invites you/);
      const token = new URL(link.url).hash.slice(1);
      const look = await post("/api/invitations/look", { token });
      assert.equal(invitationView.parse(look.json()).email, "grace@example.com");
    });

    test("names of people and organisations are text in one line, whatever is in them", async () => {
      const names = [
        "Eve\r\nBcc: mallory@example.com",
        "Eve\nX-Evil: yes\n\nhello",
        "Eve\u2028Reply-To: mallory@example.com",
        `"Eve" <mallory@example.com>, =?utf-8?B?${Buffer.from("x\r\nBcc: y@example.com").toString("base64")}?=`,
        "日本 ".repeat(50),
      ];
      for (const [index, name] of names.entries()) {
        await rig.control.query("update users set name = $2 where id = $1", [owner.userId, name]);
        await rig.control.query("update tenants set name = $2 where id = $1", [rig.tenantId, name]);
        const address = `guest${index}@example.com`;
        const { url } = await invite(address);
        const mail = mailTo(address);
        isOneMail(mail, address);
        assert.ok(!/^(Bcc|X-Evil|Reply-To):/m.test(mail.body), mail.body);
        assert.ok(mail.body.includes(url));
      }
      assert.equal(
        smtp.mails.some(({ to }) => to.includes("mallory@example.com")),
        false,
      );
    });

    test("an address with more than an address in it gets no mail", async () => {
      const sent = smtp.mails.length;
      for (const email of [
        "a@example.com\r\nBcc: mallory@example.com",
        "a@example.com, mallory@example.com",
        "a@example.com;mallory@example.com",
        "<a@example.com> mallory@example.com",
        "group: mallory@example.com;",
        "a@example.com>\nRCPT TO:<mallory@example.com",
      ]) {
        assert.equal((await post("/api/invitations", { email, role: "VIEWER" }, headers)).statusCode, 400);
        assert.equal((await post("/api/password-reset/request", { email })).statusCode, 400);
      }
      assert.equal(smtp.mails.length, sent);
      // Nor does the mailer itself take it apart, should anybody hand it one.
      const mailer = createMailer({ smtpUrl: smtp.url });
      assert.ok(mailer !== null);
      for (const to of ["a@example.com, mallory@example.com", "a@example.com\r\nBcc: mallory@example.com"])
        await assert.rejects(mailer.send({ to, subject: "s", text: "t" }), /one plain address/);
      await mailer.send({ to: "a@example.com", subject: "s\r\nBcc: mallory@example.com", text: "t" });
      isOneMail(mailTo("a@example.com"), "a@example.com");
      mailer.close();
      for (const { to, headers: sentHeaders } of smtp.mails) {
        assert.ok(!to.includes("mallory@example.com"), JSON.stringify(to));
        assert.equal(sentHeaders.get("bcc"), undefined);
      }
    });

    test("a forgotten password is mailed a link that sets a new one", async () => {
      const { email, userId } = await addPerson(rig.control, rig.tenantId, "VIEWER");
      assert.equal((await post("/api/password-reset/request", { email })).statusCode, 200);
      const unknown = await post("/api/password-reset/request", { email: "nobody@example.com" });
      assert.deepEqual([unknown.statusCode, unknown.json()], [200, { ok: true }], "answered alike");
      const mail = await until("the mail is there", async () => mailTo(email));
      isOneMail(mail, email);
      const token = /\/reset-password#(\S+)/.exec(mail.body)?.[1] ?? assert.fail(mail.body);
      const newPassword = "an entirely different one";
      assert.equal((await post("/api/password-reset", { token, newPassword })).statusCode, 200);
      const signedIn = await post("/api/auth/sign-in/email", { email, password: newPassword });
      assert.equal(signedIn.statusCode, 200, signedIn.body);
      const [line] = await until("it is in the audit log", async () => {
        const lines = await auditOf("password.reset-mail");
        return lines.length > 0 && lines;
      });
      assert.deepEqual([line?.result, line?.target.id], ["done", userId]);
      assert.equal(mailTo("nobody@example.com"), undefined);
    });

    test("mail that is refused loses no invitation, and is told and written down", async () => {
      smtp.isRefusing = true;
      const link = await invite("unlucky@example.com");
      assert.deepEqual([link.isMailed, link.hasMailFailed], [false, true]);
      const token = new URL(link.url).hash.slice(1);
      assert.equal((await post("/api/invitations/look", { token })).statusCode, 200, "the link works");
      const [line] = await auditOf("invitation.mail");
      assert.deepEqual(
        [line?.result, line?.target.kind, line?.actor.id],
        ["failed", "invitation", owner.userId],
      );
      assert.ok(!JSON.stringify(line).includes(token), "the link is not in the log");

      const { email, userId } = await addPerson(rig.control, rig.tenantId, "VIEWER");
      assert.equal((await post("/api/password-reset/request", { email })).statusCode, 200);
      const failed = await until("the failure is in the audit log", async () =>
        (await auditOf("password.reset-mail")).find(({ target }) => target.id === userId),
      );
      assert.equal(failed.result, "failed");
      smtp.isRefusing = false;
      assert.equal((await invite("lucky@example.com")).isMailed, true, "the next one goes out");
    });

    test("a mail server that is gone loses no invitation either", async () => {
      const gone = await startSmtp();
      const { url } = gone;
      await gone.close();
      const mailer = createMailer({ smtpUrl: url });
      await assert.rejects(mailer?.send({ to: "a@example.com", subject: "s", text: "t" }) ?? assert.fail());
      mailer?.close();
      const wrong = createMailer({ smtpUrl: smtp.url.replace(/:[^:@]+@/, ":wrong@") });
      await assert.rejects(wrong?.send({ to: "a@example.com", subject: "s", text: "t" }) ?? assert.fail());
      wrong?.close();
    });
  });
}
