/** One's own account, and passwords that were forgotten. */
import {
  accountChange,
  accountDeletion,
  passwordReset,
  passwordResetRequest,
  type SecretLink,
} from "@throughline/contract";
import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  type Access,
  AccessError,
  actorOf,
  deleteAccount,
  makeMailedLink,
  makeResetLink,
  passwordMail,
  readAccount,
  recordForPerson,
  renamePerson,
  resetPassword,
} from "../../../access/index.ts";
import { type AccessRoutesOptions, auditOf, DONE, linkTo, personOf, userParams } from "./context.ts";

const config = { permission: "account" } as const;
const forgotten = { permission: "public", rateLimit: "password_reset" } as const;

export const accountRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  const contextOf = (request: FastifyRequest) => ({
    control: access.control,
    passwords: access.passwords,
    actor: actorOf(request, request.principal),
    tenantId: personOf(request).tenantId,
  });

  app.get("/api/account", { config: { permission: "signed-in" } }, (request) =>
    readAccount(access.control, personOf(request)),
  );

  app.patch("/api/account", { config, schema: { body: accountChange } }, async (request) => {
    const { userId } = personOf(request);
    await renamePerson(contextOf(request), userId, request.body.name);
    access.principals.forget(userId);
    return DONE;
  });

  app.delete("/api/account", { config, schema: { body: accountDeletion } }, async (request) => {
    const person = personOf(request);
    const subject = { account: person.userId, address: request.ip };
    await refuseGuessing(access, subject);
    await deleteAccount(contextOf(request), person, request.body);
    access.principals.forget(person.userId);
    await access.apiKeys.reload();
    return DONE;
  });

  app.post(
    "/api/members/:userId/reset-link",
    { config: { permission: "members:write" }, schema: { params: userParams } },
    async (request): Promise<SecretLink> => {
      const base = linkTo(access, request, "/reset-password");
      const { token, expiresAtMs } = await makeResetLink(auditOf(access, request), request.params.userId);
      return { url: `${base}#${token}`, expiresAtMs, isMailed: false, hasMailFailed: false };
    },
  );

  app.post(
    "/api/password-reset/request",
    { config: forgotten, schema: { body: passwordResetRequest } },
    async (request) => {
      const { mailer } = access;
      if (mailer === null)
        throw new AccessError(
          "conflict",
          "No mail is set up here: ask a super administrator for a reset link.",
        );
      const { email } = request.body;
      // Nobody's mailbox is flooded, from however many addresses it is asked.
      await refuseGuessing(access, { account: `reset mail ${email}`, address: "" });
      const base = linkTo(access, request, "/reset-password");
      // Not waited for: how long it takes would tell whether there is such an account.
      void mailLink(access, request, email, base).catch((err: unknown) => {
        request.log.error({ err }, "That a link was mailed, or was not, could not be written down.");
      });
      return DONE;
    },
  );

  app.post("/api/password-reset", { config: forgotten, schema: { body: passwordReset } }, async (request) => {
    const { control, passwords } = access;
    const userId = await resetPassword({ control, passwords, actor: actorOf(request, null) }, request.body);
    access.principals.forget(userId);
    return DONE;
  });
};

async function refuseGuessing(access: Access, subject: { account: string; address: string }): Promise<void> {
  const refusal = (await access.signInThrottle?.begin(subject)) ?? null;
  if (refusal !== null)
    throw new AccessError("too_many_attempts", refusal.message, refusal.retryAfterSeconds);
}

async function mailLink(access: Access, request: FastifyRequest, email: string, base: string): Promise<void> {
  const { control, mailer } = access;
  const actor = actorOf(request, null);
  const link = await makeMailedLink(control, email);
  if (link === null || mailer === null) return;
  const deed = { action: "password.reset-mail", target: { kind: "person", id: link.userId } };
  try {
    await mailer.send(passwordMail(email, `${base}#${link.token}`));
  } catch (err) {
    request.log.warn({ err }, "A link to reset a password could not be mailed.");
    return await recordForPerson(control, actor, link.userId, deed, "failed");
  }
  await recordForPerson(control, actor, link.userId, deed, "done");
}
