import { signal } from "@preact/signals";
import "./toast.css";

const SHOWN_MS = 6000;
const message = signal("");
let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows one sentence for a few seconds, and says it to screen readers. In the browser only. */
export function showToast(text: string): void {
  clearTimeout(timer);
  message.value = text;
  timer = setTimeout(() => {
    message.value = "";
  }, SHOWN_MS);
}

/** Once in the shell. */
export function Toast() {
  return (
    <div class="toast" role="status" aria-live="polite">
      {message.value === "" ? null : <p>{message.value}</p>}
    </div>
  );
}
