import { useState } from "preact/hooks";
import { Icon } from "./Icon.tsx";
import { showToast } from "./Toast.tsx";
import "./code.css";

/** A snippet to copy. */
export function Code({ text, label }: { readonly text: string; readonly label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      showToast("The browser does not let this page copy. Select the text and copy it yourself.");
    }
  };
  return (
    <div class="code">
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{text}</code>
      </pre>
      <button type="button" class="code-copy" aria-label={`Copy: ${label}`} onClick={() => void copy()}>
        <Icon name={isCopied ? "check" : "copy"} />
        <span role="status">{isCopied ? "Copied" : "Copy"}</span>
      </button>
    </div>
  );
}
