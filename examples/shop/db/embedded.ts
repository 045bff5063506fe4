/**
 * PostgreSQL without a server: PGlite in this process, spoken to over the PostgreSQL wire protocol, so that the
 * shop uses the real `pg` driver either way.
 *
 * PGlite is one backend with one session. Whole protocol exchanges must therefore not interleave: a connection has
 * the database from its first message until PostgreSQL says "ready, not in a transaction". (The package
 * @electric-sql/pglite-socket queues single messages; two connections with parameters then read each other's rows.)
 */
import { createServer, type Socket } from "node:net";
import { PGlite } from "@electric-sql/pglite";

const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;
const READY_FOR_QUERY_BYTES = 6;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const [QUERY, SYNC, FLUSH, TERMINATE] = ["Q", "S", "H", "X"].map((letter) => letter.charCodeAt(0));
const IDLE = "I".charCodeAt(0);

/** Hands the one session from connection to connection, in the order they asked. */
function createTurns() {
  let last = Promise.resolve();
  return async function takeTurn(): Promise<() => void> {
    const previous = last;
    const turn = Promise.withResolvers<void>();
    last = turn.promise;
    await previous;
    return turn.resolve;
  };
}

/** Cuts whole protocol messages off the front of `bytes`; a message before the start-up has no type byte. */
function takeMessage(bytes: Buffer, isStarted: boolean): Buffer | undefined {
  const headerBytes = isStarted ? 5 : 4;
  if (bytes.length < headerBytes) return undefined;
  const sizeBytes = bytes.readInt32BE(headerBytes - 4) + headerBytes - 4;
  if (sizeBytes < headerBytes || sizeBytes > MAX_MESSAGE_BYTES) throw new Error("not a PostgreSQL message");
  return bytes.length < sizeBytes ? undefined : bytes.subarray(0, sizeBytes);
}

function serve(socket: Socket, database: PGlite, takeTurn: () => Promise<() => void>): void {
  let unread: Buffer = Buffer.alloc(0);
  let exchange: Buffer[] = [];
  let isStarted = false;
  let endTurn: (() => void) | undefined;
  let work = Promise.resolve();

  async function run(bytes: Buffer): Promise<void> {
    endTurn ??= await takeTurn();
    const answer = await database.execProtocolRaw(bytes);
    if (!socket.destroyed) socket.write(answer);
    if (answer.length >= READY_FOR_QUERY_BYTES && answer.at(-1) === IDLE && answer.at(-6) === 90) {
      endTurn();
      endTurn = undefined;
    }
  }

  async function read(): Promise<void> {
    for (;;) {
      const message = takeMessage(unread, isStarted);
      if (message === undefined) return;
      unread = unread.subarray(message.length);
      if (!isStarted) {
        const code = message.readInt32BE(4);
        if (code === SSL_REQUEST) socket.write("N");
        else if (code === CANCEL_REQUEST) socket.end();
        else {
          isStarted = true;
          await run(message);
        }
        continue;
      }
      const type = message[0];
      if (type === TERMINATE) {
        socket.end();
        return;
      }
      exchange.push(message);
      if (type === QUERY || type === SYNC || type === FLUSH) {
        const whole = Buffer.concat(exchange);
        exchange = [];
        await run(whole);
      }
    }
  }

  /** A connection that goes away inside a transaction must not keep the database. */
  async function leave(): Promise<void> {
    if (endTurn === undefined) return;
    if (database.isInTransaction()) await database.exec("ROLLBACK");
    endTurn();
    endTurn = undefined;
  }

  const next = (step: () => Promise<void>) => {
    work = work.then(step).catch((error: unknown) => {
      process.stderr.write(`shop database: ${String(error)}\n`);
      socket.destroy();
    });
  };
  socket.setNoDelay(true);
  socket.on("data", (chunk: Buffer) => {
    next(() => {
      unread = Buffer.concat([unread, chunk]);
      return read();
    });
  });
  // A reset connection is an ordinary goodbye here; "close" follows and clears up.
  socket.on("error", () => socket.destroy());
  socket.on("close", () => next(leave));
}

/** Starts an empty in-memory PostgreSQL on a free loopback port. */
export async function startEmbeddedDatabase(): Promise<{ url: string; stop: () => Promise<void> }> {
  const database = await PGlite.create({
    startParams: [...PGlite.defaultStartParams, "-c", "shared_buffers=16MB"],
  });
  const takeTurn = createTurns();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serve(socket, database, takeTurn);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the database got no port");
  return {
    url: `postgres://postgres@127.0.0.1:${address.port}/postgres`,
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await database.close();
    },
  };
}
