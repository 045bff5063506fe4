/**
 * Numbers on every page against a recount of the rows as they came, in plain SQL that shares nothing with the product's.
 * A number of an answer that nobody recounts fails as well.
 */
import { after, before, describe } from "node:test";
import { recountBottlenecks } from "./bottlenecks.ts";
import { recountEndpoints } from "./endpoints.ts";
import { recountErrors } from "./errors.ts";
import { recountQueries } from "./queries.ts";
import { recountReleases } from "./releases.ts";
import { recountResources } from "./resources.ts";
import { recountServices } from "./services.ts";
import { openWorld, type World } from "./world.ts";

const SEED = Number(process.env.RECOUNT_SEED ?? 20_261_122);

describe(`numbers are what the rows say (RECOUNT_SEED=${SEED})`, { timeout: 600_000 }, () => {
  let world: World;
  before(async () => {
    world = await openWorld(SEED);
  });
  after(() => world.close());
  const open = (): World => world;
  recountEndpoints(open);
  recountQueries(open);
  recountErrors(open);
  recountReleases(open);
  recountResources(open);
  recountServices(open);
  recountBottlenecks(open);
});
