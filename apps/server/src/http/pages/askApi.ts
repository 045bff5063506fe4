/** Asks the product's own API inside the process, as the person who asked for the page. See decision 0005. */
import type { FastifyInstance, FastifyRequest } from "fastify";

export interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

/** Answers with whatever the API says, refusals included. */
export type FetchJson = (request: FastifyRequest, path: string) => Promise<ApiResponse>;

/** They speak of the page's own request and answer. */
const NOT_PASSED_ON =
  /^(accept|accept-.*|content-.*|connection|expect|if-.*|range|transfer-encoding|upgrade.*|te)$/;

/** Headers and socket address are the person's, so that the same access rules hold. */
export function askApiOf(app: FastifyInstance): FetchJson {
  return async (request, path) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !NOT_PASSED_ON.test(name)),
    );
    const remoteAddress = request.socket.remoteAddress;
    const answer = await app.inject({
      method: "GET",
      url: path,
      headers: { ...headers, accept: "application/json" },
      ...(remoteAddress === undefined ? {} : { remoteAddress }),
    });
    return { status: answer.statusCode, body: answer.body };
  };
}
