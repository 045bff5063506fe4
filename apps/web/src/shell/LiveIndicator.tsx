import { useApp, type LiveStatus } from "../data/appState.ts";
import { StatusDot, type Tone } from "../ui/Badge.tsx";
import { formatDuration } from "../ui/format.ts";

const SHOWN: Record<Exclude<LiveStatus, "off">, { text: string; tone: Tone; hint: string }> = {
  connecting: { text: "connecting", tone: "neutral", hint: "Opening the live stream." },
  live: { text: "live", tone: "good", hint: "New data appears as it becomes readable." },
  reconnecting: {
    text: "reconnecting",
    tone: "warn",
    hint: "The live stream broke off; what is missed comes when it is back.",
  },
  paused: { text: "paused", tone: "neutral", hint: "Paused while this page is in the background." },
};

/** Whether this page is live, and how far behind. */
export function LiveIndicator() {
  const { liveStatus, behindMs } = useApp();
  const status = liveStatus.value;
  return (
    <p class="live" role="status" title={status === "off" ? undefined : SHOWN[status].hint}>
      {status === "off" ? null : (
        <>
          <StatusDot tone={SHOWN[status].tone} />
          {SHOWN[status].text}
          {status === "live" && behindMs.value !== null ? (
            <span aria-hidden="true">, {behindText(behindMs.value)} behind</span>
          ) : null}
        </>
      )}
    </p>
  );
}

/** Tenths of seconds, so that the text keeps its width. */
function behindText(behindMs: number): string {
  return behindMs < 60_000 ? `${Math.max(0, behindMs / 1000).toFixed(1)} s` : formatDuration(behindMs);
}
