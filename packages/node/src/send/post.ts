/** One OTLP request over HTTP. https://opentelemetry.io/docs/specs/otlp/#otlphttp */
import http from "node:http";
import https from "node:https";

export type Encoding = "zstd" | "gzip" | "none";

export interface Answer {
  readonly status: number;
  /** When the server wants to be asked again, in milliseconds from now. */
  readonly retryAfterMs: number | undefined;
  readonly body: Buffer;
}

export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Certificates for https, as PEM. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** The functions as Node brings them: taken before anything patches them, so our own requests are never measured. */
const plainHttp = http.request;
const plainHttps = https.request;
const ANSWER_LIMIT_BYTES = 64 * 1024;

export class Poster {
  private readonly agents = {
    http: new http.Agent({ keepAlive: true, maxSockets: 2 }),
    https: new https.Agent({ keepAlive: true, maxSockets: 2 }),
  };

  /** An open request alone does not keep the process alive. Rejects when there is no answer in time. */
  async post(target: Target, body: Uint8Array, encoding: Encoding): Promise<Answer> {
    const isSecure = target.url.startsWith("https:");
    const headers: http.OutgoingHttpHeaders = {
      ...target.headers,
      "content-type": "application/x-protobuf",
      "content-length": body.length,
      "user-agent": "throughline-node/0.1.0",
    };
    if (encoding !== "none") headers["content-encoding"] = encoding;
    const options: https.RequestOptions = { method: "POST", headers, timeout: target.timeoutMs };
    return await new Promise((resolve, reject) => {
      const request = isSecure
        ? plainHttps(target.url, { ...options, ...target.tls, agent: this.agents.https })
        : plainHttp(target.url, { ...options, agent: this.agents.http });
      const deadline = setTimeout(() => {
        request.destroy(new Error(`no answer within ${target.timeoutMs} ms`));
      }, target.timeoutMs).unref();
      request.on("socket", (socket) => {
        socket.unref();
      });
      request.on("error", (error) => {
        clearTimeout(deadline);
        reject(error);
      });
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          if (size < ANSWER_LIMIT_BYTES) chunks.push(chunk);
          size += chunk.length;
        });
        response.on("error", reject);
        response.on("end", () => {
          clearTimeout(deadline);
          resolve({
            status: response.statusCode ?? 0,
            retryAfterMs: retryAfter(response.headers["retry-after"]),
            body: Buffer.concat(chunks),
          });
        });
      });
      request.end(body);
    });
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }
}

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(seconds, 0) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(at - Date.now(), 0);
}
