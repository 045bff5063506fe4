import { useSignal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { Code } from "../ui/Code.tsx";
import { Segmented } from "../ui/Segmented.tsx";
import { OWN_PROJECT } from "../overview/ownProject.ts";
import { snippetsFor } from "./snippets.ts";
import "./help.css";

/** Keyless data goes here when it names no project. */
const DEFAULT_PROJECT = "default";

/** Snippets to copy, one language at a time. */
export function Connect({ projectId }: { readonly projectId: string }) {
  const { installation } = useApp();
  const chosen = useSignal("node");
  const snippets = snippetsFor({
    otlpHttpUrl: installation.otlpHttpUrl,
    projectId: projectId === DEFAULT_PROJECT || projectId === OWN_PROJECT ? null : projectId,
  });
  const shown = snippets.find(({ id }) => id === chosen.value) ?? snippets[0];
  return (
    <div class="connect">
      <Segmented
        label="Language"
        options={snippets.map(({ id, title }) => ({ value: id, label: title }))}
        value={chosen.value}
        onChoose={(id) => (chosen.value = id)}
      />
      {shown?.steps.map(({ label, text }) => (
        <div key={shown.id + label}>
          <p class="connect-step">{label}</p>
          <Code text={text} label={`${shown.title}: ${label}`} />
        </div>
      ))}
      {shown?.note === undefined ? null : <p class="muted">{shown.note}</p>}
    </div>
  );
}
