/**
 * Which errors are the same error: service, type and the innermost frames of the application's own code, without
 * what changes from build to build and call to call. Without a stack the message takes the frames' place.
 */
const FRAMES = 8;
const STACK_CHARACTERS = 16_384;
const MESSAGE_CHARACTERS = 300;

/** Lines that are frames: V8 and Java `at …`, Python `File "…"`, Gecko/WebKit `fn@url`, Go/Ruby/PHP `path:line`. */
const FRAME = /^\s*(?:at\s|File "|#\d+ |from\s|.*@\S+:\d+|\S.*:\d+(?::\d+)?(?:\s|$|\)|:in))/;
const FOREIGN_CODE =
  /node_modules|node:|<anonymous>|site-packages|\/usr\/(?:local\/)?lib\/|java\.base|\bsun\.|\bruntime\//;

/** The text whose hash is the fingerprint; the parts are separated, so none can pass for another. */
export function fingerprintText(service: string, type: string, message: string, stack: string): string {
  const frames = topFrames(stack);
  const what = frames.length > 0 ? frames.join("\n") : normalisedMessage(message);
  return [service, type, what].join("\0");
}

/** The innermost frames, normalised; of foreign code only when there is no other. */
export function topFrames(stack: string): string[] {
  const isPython = stack.startsWith("Traceback");
  const part = isPython ? stack.slice(-STACK_CHARACTERS) : stack.slice(0, STACK_CHARACTERS);
  const frames = part.split("\n").filter((line) => FRAME.test(line));
  const own = frames.filter((line) => !FOREIGN_CODE.test(line));
  const chosen = own.length > 0 ? own : frames;
  const top = isPython ? chosen.slice(-FRAMES).reverse() : chosen.slice(0, FRAMES);
  return top.map(normalisedFrame);
}

function normalisedFrame(line: string): string {
  return line
    .trim()
    .replace(/[?#][^\s):]*/g, "")
    .replace(/(?::\d+)+/g, "")
    .replace(/, line \d+/g, "")
    .replace(/\+?0x[0-9a-f]+/gi, "")
    .replace(/\bhttps?:\/\/[^/\s]+/g, "")
    .replace(/[-.][\w-]*\d[\w-]{5,}(?=\.\w+)/g, "")
    .replace(/\d+/g, "#");
}

/** A message without numbers, ids and quoted values. */
export function normalisedMessage(message: string): string {
  return (message.split("\n", 1)[0] ?? "")
    .slice(0, MESSAGE_CHARACTERS)
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "#")
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, "#")
    .replace(/\b(?=\w*\d)[0-9a-z]{6,}\b/gi, "#")
    .replace(/\d+/g, "#");
}
