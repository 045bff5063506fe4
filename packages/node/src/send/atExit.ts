/**
 * `process.exit()` waits for nothing, so what is unsent then is handed to a short-lived process, and this one waits for it
 * at most two seconds. Exit code and order of exit handlers stay the application's.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Target } from "./post.ts";
import type { Parcel, Signal } from "./sender.ts";

const WAIT_MS = 2000;
const HEADER_SIZE = 4;

export interface ExitFrame {
  readonly targets: Readonly<Record<Signal, Target>>;
  readonly parcels: readonly {
    readonly signal: Signal;
    readonly encoding: Parcel["encoding"];
    readonly size: number;
  }[];
}

/** Blocks until the parcels are answered or two seconds have passed. */
export function sendAtExit(targets: Readonly<Record<Signal, Target>>, parcels: readonly Parcel[]): void {
  if (parcels.length === 0) return;
  const frame: ExitFrame = {
    targets,
    parcels: parcels.map(({ signal, encoding, body }) => ({ signal, encoding, size: body.length })),
  };
  const header = Buffer.from(JSON.stringify(frame));
  const size = Buffer.alloc(HEADER_SIZE);
  size.writeUInt32LE(header.length);
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const script = fileURLToPath(new URL(`./exitProcess.${extension}`, import.meta.url));
  spawnSync(process.execPath, [script], {
    input: Buffer.concat([size, header, ...parcels.map(({ body }) => body)]),
    stdio: ["pipe", "ignore", "ignore"],
    timeout: WAIT_MS,
    windowsHide: true,
    // The application's NODE_OPTIONS may load this very package.
    env: { ...process.env, NODE_OPTIONS: "", OTEL_SDK_DISABLED: "true" },
  });
}

/** The counterpart: reads what `sendAtExit` wrote. */
export function readFrame(input: Buffer): { frame: ExitFrame; bodies: Buffer[] } {
  const headerSize = input.readUInt32LE();
  const frame = JSON.parse(input.toString("utf8", HEADER_SIZE, HEADER_SIZE + headerSize)) as ExitFrame;
  let at = HEADER_SIZE + headerSize;
  const bodies = frame.parcels.map(({ size }) => input.subarray(at, (at += size)));
  return { frame, bodies };
}
