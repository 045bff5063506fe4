/** Sends what a process that called `process.exit()` left behind. Started by atExit.ts. */
import { buffer } from "node:stream/consumers";
import { readFrame } from "./atExit.ts";
import { Poster } from "./post.ts";

const { frame, bodies } = readFrame(await buffer(process.stdin));
const poster = new Poster();
const hold = setInterval(() => undefined, 60_000);
await Promise.allSettled(
  frame.parcels.map(({ signal, encoding }, index) =>
    poster.post(frame.targets[signal], bodies[index]!, encoding),
  ),
);
clearInterval(hold);
poster.close();
