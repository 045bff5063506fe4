/** Long animation frames, the longest of each flush, with the scripts that took most of them. */
import { addSource, record, schedule } from "./buffer.ts";
import { observe } from "./run.ts";
import { address, clip, durationMs } from "./values.ts";

const FRAMES_MAX = 5;
const SCRIPTS_MAX = 5;

/** https://w3c.github.io/long-animation-frames/: not in TypeScript's library yet. */
interface LongFrameEntry extends PerformanceEntry {
  readonly blockingDuration: number;
  readonly scripts: readonly PerformanceScriptTiming[];
}

const longestFirst = (a: PerformanceEntry, b: PerformanceEntry): number => b.duration - a.duration;

export function watchLongFrames(): void {
  let frames: LongFrameEntry[] = [];
  const takeRecords = observe("long-animation-frame", (entry) => {
    frames = [...frames, entry as LongFrameEntry].sort(longestFirst).slice(0, FRAMES_MAX);
    schedule();
  });
  addSource(() => {
    takeRecords();
    for (const frame of frames) {
      record({
        type: "long_animation_frame",
        timeMs: Math.round(performance.timeOrigin + frame.startTime),
        durationMs: durationMs(frame.duration),
        blockingDurationMs: durationMs(frame.blockingDuration),
        scripts: [...frame.scripts]
          .sort(longestFirst)
          .slice(0, SCRIPTS_MAX)
          .map((script) => ({
            sourceUrl: address(script.sourceURL),
            functionName: clip(script.sourceFunctionName),
            charPosition: script.sourceCharPosition,
            invoker: clip(script.invoker),
            invokerType: script.invokerType,
            durationMs: durationMs(script.duration),
            forcedStyleAndLayoutDurationMs: durationMs(script.forcedStyleAndLayoutDuration),
          })),
      });
    }
    frames = [];
  });
}
