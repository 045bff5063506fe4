/** `traceidratio` that says what it did: services agree on a trace, and `ot=th:` keeps rates right. */
import { trace, type Context } from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  SamplingDecision,
  type Sampler,
  type SamplingResult,
} from "@opentelemetry/sdk-trace";
import { randomnessOf, stateWith, thresholdOf } from "./threshold.ts";

class ThresholdSampler implements Sampler {
  private readonly threshold: string;

  constructor(ratio: number) {
    this.threshold = thresholdOf(ratio);
  }

  shouldSample(context: Context, traceId: string): SamplingResult {
    const parent = trace.getSpanContext(context);
    const traceState = parent?.traceId === traceId ? parent.traceState : undefined;
    if (randomnessOf(traceId, traceState) < this.threshold) return { decision: SamplingDecision.NOT_RECORD };
    return {
      decision: SamplingDecision.RECORD_AND_SAMPLED,
      traceState: stateWith(traceState, this.threshold),
    };
  }

  toString(): string {
    return `ThresholdSampler{${this.threshold}}`;
  }
}

/**
 * The sampler that OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG name; all traces without them.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @param warn hears of a name or a ratio that is not understood
 */
export function headSampler(name = "", argument = "", warn: (text: string) => void): Sampler {
  const root = rootSampler(name.replace(/^parentbased_/, ""), argument, warn);
  return name === "" || name.startsWith("parentbased_") ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, argument: string, warn: (text: string) => void): Sampler {
  if (name === "" || name === "always_on") return new AlwaysOnSampler();
  if (name === "always_off") return new AlwaysOffSampler();
  if (name === "traceidratio") {
    const ratio = argument === "" ? 1 : Number(argument);
    if (ratio >= 0 && ratio <= 1) return new ThresholdSampler(ratio);
    warn(`OTEL_TRACES_SAMPLER_ARG must be between 0 and 1, not "${argument}". All traces are kept.`);
    return new AlwaysOnSampler();
  }
  warn(`OTEL_TRACES_SAMPLER "${name}" is not known. All traces are kept.`);
  return new AlwaysOnSampler();
}
