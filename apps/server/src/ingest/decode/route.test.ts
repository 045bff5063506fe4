import assert from "node:assert/strict";
import { it } from "node:test";
import { routeFromName } from "./route.ts";

it("span names become routes: ids in paths are replaced, everything else is kept", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["GET", "GET"],
    ["job", "job"],
    ["GET /", "GET /"],
    ["/users/42", "/users/:id"],
    ["GET /users/42/orders/7", "GET /users/:id/orders/:id"],
    ["GET /users/42?tab=1", "GET /users/:id"],
    ["POST /a/5b8efff7-9803-8103-d269-b633813fc60c", "POST /a/:id"],
    ["GET /blob/3f2a1bc99d", "GET /blob/:id"],
    ["GET /deadbeef", "GET /deadbeef"],
    ["GET /v2/products", "GET /v2/products"],
    ["GET /o/0WE9xkQ3bB6mJ0tYc1zR", "GET /o/:id"],
    ["GET /users/:id", "GET /users/:id"],
    ["GET /files/{path}", "GET /files/{path}"],
    ["pkg.Cart/Add", "pkg.Cart/Add"],
    ["", ""],
  ];
  for (const [name, route] of cases) assert.equal(routeFromName(name), route);
});
