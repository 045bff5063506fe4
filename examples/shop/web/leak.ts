import { isOn } from "../control.ts";

const MAX_BYTES = 512 * 1024 * 1024;
/** About what a rendered page costs in a real cache, with the data and the options it was made from. */
const COPIES = 12;
const FRAGMENT_BYTES = 4_096;

let fragments: string[] = [];
let keptBytes = 0;

/** "memory-leak": a cache of page fragments that nobody reads and nothing evicts. Bounded, to spare the machine. */
export function remember(page: string): void {
  if (!isOn("memory-leak")) {
    fragments = [];
    keptBytes = 0;
    return;
  }
  const bytes = Buffer.from(page);
  for (let copy = 0; copy < COPIES && keptBytes < MAX_BYTES; copy++) {
    for (let start = 0; start < bytes.length; start += FRAGMENT_BYTES) {
      fragments.push(bytes.toString("latin1", start, start + FRAGMENT_BYTES));
    }
    keptBytes += bytes.length;
  }
}
