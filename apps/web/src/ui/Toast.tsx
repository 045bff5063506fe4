import { signal } from "@preact/signals";
import "./toast.css";

const SHOWN_MS = 6000;
/** With something to press it stays longer. */
const SHOWN_WITH_ACTION_MS = 12_000;

export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

const message = signal("");
const offered = signal<ToastAction | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows one sentence for a few seconds, perhaps with a way back, and says it to screen readers. In the browser only. */
export function showToast(text: string, action: ToastAction | null = null): void {
  clearTimeout(timer);
  message.value = text;
  offered.value = action;
  timer = setTimeout(
    () => {
      message.value = "";
      offered.value = null;
    },
    action === null ? SHOWN_MS : SHOWN_WITH_ACTION_MS,
  );
}

/** Once in the shell. */
export function Toast() {
  return (
    <div class="toast" role="status" aria-live="polite">
      {message.value === "" ? null : (
        <p>
          {message.value} <Action />
        </p>
      )}
    </div>
  );
}

function Action() {
  const action = offered.value;
  if (action === null) return null;
  const run = (): void => {
    message.value = "";
    offered.value = null;
    action.run();
  };
  return (
    <button type="button" class="toast-action" onClick={run}>
      {action.label}
    </button>
  );
}
