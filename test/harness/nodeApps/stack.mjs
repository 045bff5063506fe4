// Nest, GraphQL, both Redis clients and fetch as ES modules. It knows nothing of telemetry.
import { Controller, Get, Module, Param } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { createClient } from "@redis/client";
import express from "express";
import { buildSchema, graphql } from "graphql";
import { Redis } from "ioredis";

const ioredis = new Redis(process.env.REDIS_URL);
const client = await createClient({ url: process.env.REDIS_URL }).connect();

// As TypeScript compiles `@Controller("stock") class StockController { @Get(":id") async find(@Param("id") id) {…} }`.
class StockController {
  async find(id) {
    if (id === "none") throw new TypeError("no such thing in stock");
    return { id, left: await ioredis.get(`stock:${id}`) };
  }
}
Param("id")(StockController.prototype, "find", 0);
Get(":id")(
  StockController.prototype,
  "find",
  Object.getOwnPropertyDescriptor(StockController.prototype, "find"),
);
Controller("stock")(StockController);
// oxlint-disable-next-line typescript/no-extraneous-class -- what Nest calls a module is a class
class ShopModule {}
Module({ controllers: [StockController] })(ShopModule);

const schema = buildSchema(
  "type Order { id: ID! total: Int! } type Query { order(id: ID!): Order  broken: Int }",
);
const rootValue = {
  order: ({ id }) => ({ id, total: async () => Number(await client.get(`secret-total:${id}`)) }),
  broken: () => {
    throw new RangeError("the resolver broke");
  },
};

const app = express();
app.use(express.json());
app.post("/graphql", async (req, res) => {
  res.json(await graphql({ schema, rootValue, source: req.body.query, variableValues: req.body.variables }));
});
app.get("/ioredis", async (_req, res) => {
  await ioredis.set("secret-key", "secret-value");
  res.json(await ioredis.multi().get("secret-key").incr("secret-counter").exec());
});
app.get("/redis", async (_req, res) => {
  await client.set("secret-key", "secret-value");
  await client.sendCommand(["LPUSH", "secret-key", "x"]).catch(() => {});
  res.json(await client.multi().get("secret-key").incr("secret-counter").exec());
});
app.get("/orders/:id", (req, res) => res.json({ id: req.params.id }));
const server = app.listen(0, "127.0.0.1", async () => {
  const { port } = server.address();
  app.get("/fetch", async (_req, res) => {
    const answer = await fetch(`http://127.0.0.1:${port}/orders/7?token=secret-token`);
    res.json(await answer.json());
  });
  app.get("/fetch-refused", async (_req, res) => {
    await fetch(`http://127.0.0.1:${process.env.CLOSED_PORT}/`).catch(() => {});
    res.json({});
  });
  const nest = await NestFactory.create(ShopModule, { logger: false });
  await nest.listen(0, "127.0.0.1");
  console.log(JSON.stringify({ express: port, nest: nest.getHttpServer().address().port }));
});
