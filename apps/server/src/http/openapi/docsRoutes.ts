/** `/docs`: the API document as a page, and `/docs/openapi.json`. Open to everybody, as the product's source is. */
import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { PAGE_HEADERS } from "../pages/securityHeaders.ts";
import type { OpenApi } from "./document.ts";
import { docsPage } from "./docsPage.ts";

const TOKENS = new URL("../../../../web/src/styles/tokens.css", import.meta.url);
const STYLES = new URL("docs.css", import.meta.url);

export async function docsRoutes(app: FastifyInstance): Promise<void> {
  const config = { permission: "public" } as const;
  const styles = (await Promise.all([TOKENS, STYLES].map((file) => readFile(file, "utf8")))).join("\n");
  const document = (): OpenApi => app.openApiDocument() as OpenApi;

  app.get("/docs", { config }, (request, reply) =>
    reply
      .headers(PAGE_HEADERS)
      .type("text/html; charset=utf-8")
      .send(docsPage(document(), `${request.protocol}://${request.host}`)),
  );
  app.get("/docs/docs.css", { config }, (_request, reply) =>
    reply.header("cache-control", "public, max-age=3600").type("text/css; charset=utf-8").send(styles),
  );
  app.get("/docs/openapi.json", { config }, (_request, reply) =>
    reply.header("cache-control", "no-cache").send(document()),
  );
}
