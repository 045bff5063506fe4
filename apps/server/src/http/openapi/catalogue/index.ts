/** Every route of the API in words. A route that is not here fails the test of the document. */
import type { RouteDocs } from "../routeDoc.ts";
import { ACCESS } from "./access.ts";
import { ACCOUNT } from "./account.ts";
import { DATABASES } from "./databases.ts";
import { ERRORS } from "./errors.ts";
import { INGEST } from "./ingest.ts";
import { MONITORING } from "./monitoring.ts";
import { OPERATIONS } from "./operations.ts";
import { SITES } from "./sites.ts";

export const ROUTE_DOCS: RouteDocs = {
  ...MONITORING,
  ...SITES,
  ...OPERATIONS,
  ...DATABASES,
  ...ERRORS,
  ...INGEST,
  ...ACCESS,
  ...ACCOUNT,
};
