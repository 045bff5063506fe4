/** Errors that are alike, and what people decide about them. */
import { errorDecision, errorFingerprint, errorOwner, errorsFilter } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Access, may, tenantPrincipalOf, type TenantPrincipal } from "../../access/index.ts";
import { decideError, giveError, readError, readErrorList, type DecidedError } from "../../errors/index.ts";
import { readNames } from "../../insight/errorGroups/index.ts";
import type { Symbolicator } from "../../sourceMaps/index.ts";
import { ProblemError } from "../problem.ts";
import { readQuery, type ReadContexts } from "../readContext.ts";
import { createSingleFlight } from "../singleFlight.ts";
import { auditOf, DONE } from "./access/context.ts";

export interface ErrorRoutesOptions {
  readonly contexts: ReadContexts;
  readonly access: Access;
  readonly symbolicator: Symbolicator;
  /** Tells the pages that are open. */
  readonly onDecided: (scope: { readonly tenantId: string; readonly projectId: string }) => void;
}

const params = z.object({ fingerprint: errorFingerprint });

export const errorRoutes: FastifyPluginAsyncZod<ErrorRoutesOptions> = async (
  app,
  { contexts, access, symbolicator, onDecided },
) => {
  const { control } = access;
  const reads = { permission: "telemetry:read" } as const;
  const writes = { permission: "errors:write" } as const;
  const share = createSingleFlight();
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.get(
    "/api/errors",
    { config: reads, schema: { querystring: readQuery.extend(errorsFilter.shape) } },
    async (request) => {
      const principal = tenantPrincipalOf(request);
      const { project, reader, range, nowMs } = await contexts.readRange(principal, request.query);
      const filter = errorsFilter.parse(request.query);
      const list = await share(["errors", reader.scope, range, filter], () =>
        readErrorList(control, reader, range, filter, nowMs),
      );
      return { project, ...list };
    },
  );

  app.get(
    "/api/errors/:fingerprint",
    { config: reads, schema: { querystring: readQuery, params } },
    async (request) => {
      const principal = tenantPrincipalOf(request);
      const { project, reader, range, nowMs } = await contexts.readRange(principal, request.query);
      const { fingerprint } = request.params;
      const found = await readError(control, reader, {
        fingerprint: String(BigInt(fingerprint)),
        range,
        symbolicate: symbolicator.of(principal.tenantId, project.id),
        withPeople: may(principal, "errors:write"),
        nowMs,
      });
      if (found === null) throw unknownError();
      return { project, ...found };
    },
  );

  app.post(
    "/api/errors/:fingerprint/state",
    { config: writes, schema: { params, body: errorDecision } },
    async (request) => {
      const error = await known(tenantPrincipalOf(request), request.body.project, request.params.fingerprint);
      const audit = auditOf(access, request);
      await decideError(audit, error, request.body);
      onDecided({ tenantId: audit.tenantId, projectId: error.projectId });
      return DONE;
    },
  );

  app.put(
    "/api/errors/:fingerprint/owner",
    { config: writes, schema: { params, body: errorOwner } },
    async (request) => {
      const error = await known(tenantPrincipalOf(request), request.body.project, request.params.fingerprint);
      const audit = auditOf(access, request);
      await giveError(audit, error, request.body.ownerId);
      onDecided({ tenantId: audit.tenantId, projectId: error.projectId });
      return DONE;
    },
  );

  /** Only what was really seen in the project can be decided about. */
  async function known(
    principal: TenantPrincipal,
    asked: string | undefined,
    text: string,
  ): Promise<DecidedError> {
    const { project, reader } = await contexts.read(principal, { project: asked });
    const fingerprint = String(BigInt(text));
    const name = (await readNames(reader, [fingerprint])).get(fingerprint);
    if (name === undefined) throw unknownError();
    return { projectId: project.id, ...name };
  }
};

function unknownError(): ProblemError {
  return new ProblemError(
    "unknown_error",
    "No such error is kept in this project. It may have expired, or belong to another project.",
  );
}
