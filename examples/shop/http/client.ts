// The default import, on purpose: once something has required "http", its instrumentation no longer wraps names that
// ES modules import from it (`import { request }`), and the trace would end here.
import http from "node:http";
import { HttpError } from "./server.ts";

const agent = new http.Agent({ keepAlive: true });
const TIMEOUT_MS = 15_000;

/**
 * Asks shop-api. The HTTP instrumentation adds the trace context to the request.
 * @throws {HttpError} with the status of the answer; 502 when there was none.
 */
export function askApi<Answer>(apiUrl: string, method: string, path: string, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new HttpError(502, `shop-api did not answer: ${error.message}`));
    const outgoing = http.request(
      new URL(path, apiUrl),
      { method, agent, timeout: TIMEOUT_MS, headers: { "content-type": "application/json" } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", fail);
        incoming.on("end", () => {
          const status = incoming.statusCode ?? 502;
          try {
            const answer: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
            if (status < 400) resolve(answer as Answer);
            else reject(new HttpError(status, (answer as { error: string }).error));
          } catch (error) {
            fail(new Error(`status ${status} and no JSON`, { cause: error }));
          }
        });
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    outgoing.on("error", fail);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
