import { isOn } from "../control.ts";

const MAX_BYTES = 512 * 1024 * 1024;
/** About what a rendered page with its data costs in a real cache. */
const COPIES = 12;

let remembered: string[] = [];
let rememberedBytes = 0;

/** "memory-leak": a page cache that nobody reads and nothing evicts. Bounded, so that the demo spares the machine. */
export function remember(page: string): void {
  if (!isOn("memory-leak")) {
    remembered = [];
    rememberedBytes = 0;
    return;
  }
  for (let copy = 0; copy < COPIES && rememberedBytes < MAX_BYTES; copy++) {
    const kept = Buffer.from(page).toString("latin1");
    remembered.push(kept);
    rememberedBytes += kept.length;
  }
}
