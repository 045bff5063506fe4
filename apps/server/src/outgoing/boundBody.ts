/** The same answer with a body that ends in an error when it is longer than was agreed. */
import { Response } from "undici";
import { OutgoingError } from "./outgoingError.ts";

export interface BodyBounds {
  /** For the sentence. */
  readonly host: string;
  readonly bytesMax: number;
  /** What a failure while reading is turned into. */
  readonly inOurWords: (error: unknown) => unknown;
}

/** Answers to these have no body by definition, and `Response` takes none for them. */
const WITHOUT_BODY = new Set([101, 204, 205, 304]);

export function boundBody(answer: Response, { host, bytesMax, inOurWords }: BodyBounds): Response {
  if (answer.body === null || WITHOUT_BODY.has(answer.status)) return answer;
  const reader = answer.body.getReader();
  let bytes = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const step = await reader.read().catch((error: unknown) => {
        throw inOurWords(error);
      });
      if (step.done) return controller.close();
      bytes += step.value.byteLength;
      if (bytes > bytesMax) {
        await reader.cancel();
        throw new OutgoingError("too_large", `${host} answered with more than ${bytesMax} bytes.`);
      }
      controller.enqueue(step.value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const { status, statusText, headers, url } = answer;
  // Where the answer came from is a part of it that the constructor does not take.
  return Object.defineProperty(new Response(body, { status, statusText, headers }), "url", { value: url });
}
