/** Frames of an error's stack as browsers write it. */
import type { CodePlace } from "@throughline/contract";

/** Deeper ones say little, and each may cost a look into a source map. */
const FRAMES_MAX = 30;

/** `at name (https://…/app.js:1:234)` and `at https://…/app.js:1:234` of Chromium, `name@https://…:1:234` of the others. */
const FRAME =
  /^\s*(?:at\s+(?:(.*?)\s+\()?|(.*?)@)((?:https?|file|webpack|app):\/\/\S+?):(\d{1,9}):(\d{1,9})\)?\s*$/;

export type Frame = Omit<CodePlace, "original"> & { readonly line: number; readonly column: number };

/** Lines that are no frames are left out. */
export function stackFrames(stack: string): Frame[] {
  return stack
    .split("\n")
    .flatMap((text): Frame[] => {
      const [, chromium, others, url, line, column] = FRAME.exec(text.slice(0, 2048)) ?? [];
      if (url === undefined) return [];
      return [{ functionName: chromium ?? others ?? "", url, line: Number(line), column: Number(column) }];
    })
    .slice(0, FRAMES_MAX);
}
