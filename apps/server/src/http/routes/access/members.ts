/** Members, their roles and projects, and invitations by link. */
import {
  invitationAcceptance,
  invitationToken,
  type InvitationView,
  memberChange,
  memberRemoval,
  newInvitation,
  type SecretLink,
} from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  acceptInvitation,
  actorOf,
  changeMember,
  createInvitation,
  findInvitation,
  invitationMail,
  type Access,
  openSession,
  principalOf,
  readInvitations,
  readMembers,
  recordDeed,
  removeMember,
  revokeInvitation,
  setCookie,
  TENANT_SECONDS,
  tenantPrincipalOf,
} from "../../../access/index.ts";
import type { FastifyRequest } from "fastify";
import {
  type AccessRoutesOptions,
  auditOf,
  DONE,
  idParams,
  linkTo,
  optionalBody,
  personIdOf,
  userParams,
} from "./context.ts";

const write = { permission: "members:write" } as const;
/** Tokens can't be guessed, and are not to be tried either. */
const byLink = { permission: "public", rateLimit: "sign_in" } as const;

export const memberRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  app.get("/api/members", { config: { permission: "members:read" } }, async (request) => {
    const { tenantId } = tenantPrincipalOf(request);
    const [members, invitations] = await Promise.all([
      readMembers(access.control, tenantId, personIdOf(request)),
      readInvitations(access.control, tenantId),
    ]);
    return { members, invitations };
  });

  app.patch(
    "/api/members/:userId",
    { config: write, schema: { params: userParams, body: memberChange } },
    async (request) => {
      const { userId } = request.params;
      await changeMember(auditOf(access, request), { userId, ...request.body });
      await accessChanged(access, userId);
      return DONE;
    },
  );

  app.delete(
    "/api/members/:userId",
    { config: write, schema: { params: userParams, body: optionalBody(memberRemoval) } },
    async (request) => {
      const { userId } = request.params;
      await removeMember(auditOf(access, request), { userId, ...request.body });
      await accessChanged(access, userId);
      return DONE;
    },
  );

  app.post(
    "/api/invitations",
    { config: write, schema: { body: newInvitation } },
    async (request): Promise<SecretLink> => {
      const invitedBy = personIdOf(request);
      // Before anything is written: without an address there is no link to hand out.
      const base = linkTo(access, request, "/invitation");
      const made = await createInvitation(auditOf(access, request), { ...request.body, invitedBy });
      // After the #, which browsers send to no server: so it is in no log.
      const url = `${base}#${made.token}`;
      const isMailed = await mailed(access, request, made, url);
      return {
        url,
        expiresAtMs: made.expiresAtMs,
        isMailed,
        hasMailFailed: access.mailer !== null && !isMailed,
      };
    },
  );

  app.delete("/api/invitations/:id", { config: write, schema: { params: idParams } }, async (request) => {
    await revokeInvitation(auditOf(access, request), request.params.id);
    return DONE;
  });

  app.post(
    "/api/invitations/look",
    { config: byLink, schema: { body: invitationToken } },
    async (request): Promise<InvitationView> => {
      const found = await findInvitation(access.control, request.body.token);
      const { email, role, tenantName, invitedBy, expiresAtMs, userId } = found;
      const signedInAs = await signedInByThemselves(access, request);
      return {
        email,
        role,
        tenantName,
        invitedBy,
        expiresAtMs,
        hasAccount: userId !== null,
        isSignedInAsInvited: userId !== null && userId === signedInAs,
      };
    },
  );

  app.post(
    "/api/invitations/accept",
    { config: byLink, schema: { body: invitationAcceptance } },
    async (request, reply) => {
      const signedInAs = await signedInByThemselves(access, request);
      const actor =
        signedInAs === null
          ? actorOf(request, null)
          : { ...actorOf(request, null), kind: "person" as const, id: signedInAs };
      const { control, passwords } = access;
      const accepted = await acceptInvitation({ control, passwords, actor }, { ...request.body, signedInAs });
      access.principals.forget(accepted.userId);
      if (accepted.isNewPerson) await openSession(access, request, reply, { userId: accepted.userId });
      setCookie(access, reply, "tenant", accepted.tenantId, TENANT_SECONDS);
      return DONE;
    },
  );
};

/** Sessions and keys of this person mean something else from now on, on this instance at once. */
async function accessChanged(access: Access, userId: string): Promise<void> {
  access.principals.forget(userId);
  await access.apiKeys.reload();
}

/** A session that an organisation's provider opened does not speak for the account elsewhere. */
async function signedInByThemselves(access: Access, request: FastifyRequest): Promise<string | null> {
  const principal = await principalOf(access, request);
  return principal?.kind === "person" && principal.ssoProviderId === null ? principal.userId : null;
}

/** The link is shown in any case, so mail that does not go out stops nothing. */
async function mailed(
  access: Access,
  request: FastifyRequest,
  { id, token }: { readonly id: string; readonly token: string },
  url: string,
): Promise<boolean> {
  if (access.mailer === null) return false;
  try {
    const found = await findInvitation(access.control, token);
    await access.mailer.send(invitationMail(found, url));
    return true;
  } catch (err) {
    request.log.warn({ err }, "An invitation could not be mailed; its link was shown instead.");
    const deed = { action: "invitation.mail", target: { kind: "invitation", id } };
    await recordDeed(auditOf(access, request), deed, "failed");
    return false;
  }
}
