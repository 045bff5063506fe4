import type { DeploymentStatus } from "@throughline/contract";
import type { Tone } from "../ui/Badge.tsx";

export const STATUS_TONES: Readonly<Record<DeploymentStatus, Tone>> = {
  started: "accent",
  succeeded: "good",
  failed: "bad",
  cancelled: "neutral",
};
