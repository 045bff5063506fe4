import type { TimeRange } from "@throughline/contract";
import { formatDuration } from "../ui/format.ts";

/** "24 h", or a custom range's length. */
export function rangeText({ key, fromMs, toMs }: TimeRange): string {
  return key === "custom" ? formatDuration(toMs - fromMs) : key.replace(/(\d+)/, "$1 ");
}
