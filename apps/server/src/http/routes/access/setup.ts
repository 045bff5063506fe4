/** The first account. From another machine it takes the code that the start printed. */
import { setupRequest, type SetupState } from "@throughline/contract";
import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  AccessError,
  actorOf,
  createOwner,
  isSetupCode,
  openSession,
  originOfReader,
  recordDeed,
} from "../../../access/index.ts";
import { type AccessRoutesOptions, DONE } from "./context.ts";

const config = { permission: "public", rateLimit: "setup" } as const;

export const setupRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  app.get("/api/setup", { config: { permission: "public" } }, async (request): Promise<SetupState> => {
    return { isNeeded: await access.isSetupNeeded(), isCodeNeeded: !isLocal(request) };
  });

  app.post("/api/setup", { config, schema: { body: setupRequest } }, async (request, reply) => {
    const { code, ...owner } = request.body;
    const actor = actorOf(request, null);
    if ((await access.isSetupNeeded()) && !isLocal(request) && !isSetupCode(access.authSecret, code)) {
      const context = { control: access.control, actor, tenantId: access.firstTenantId };
      await recordDeed(
        context,
        { action: "setup", detail: { reason: { code: "confirmation_needed" } } },
        "refused",
      );
      throw new AccessError(
        "confirmation_needed",
        "Type the set-up code that the server printed when it started.",
      );
    }
    const { userId } = await createOwner(access, actor, owner);
    await openSession(access, request, reply, { userId });
    return DONE;
  });
};

function isLocal({ headers, socket }: FastifyRequest): boolean {
  return originOfReader({ headers, remoteAddress: socket.remoteAddress ?? "" }).isLoopback;
}
