import type { SystemPage } from "@throughline/contract";
import { Badge, type Tone } from "../ui/Badge.tsx";

type Finding = SystemPage["findings"][number];

const TONES: Readonly<Record<Finding["severity"], readonly [Tone, string]>> = {
  error: ["bad", "error"],
  warn: ["warn", "warning"],
  info: ["neutral", "note"],
};

/** Nothing when there is nothing to say. */
export function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <ul class="findings" aria-label="Findings">
      {findings.map(({ severity, text, remedy }) => {
        const [tone, word] = TONES[severity];
        return (
          <li key={text}>
            <Badge tone={tone}>{word}</Badge>
            <div>
              <b>{text}</b>
              <p class="muted">{remedy}</p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
