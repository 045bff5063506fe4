import { useEffect, useState } from "preact/hooks";
import { Code } from "../ui/Code.tsx";

/** Each works once instead of the authenticator app. */
export function RecoveryCodes({ codes }: { readonly codes: readonly string[] }) {
  const text = codes.join("\n");
  return (
    <>
      <p>
        They stand in for the app when it is lost; each works once. They are shown this once: keep them where
        you keep passwords.
      </p>
      <div class="recovery-codes">
        <Code text={text} label="Recovery codes" />
      </div>
      <Download name="throughline-recovery-codes.txt" text={`${text}\n`} />
    </>
  );
}

function Download({ name, text }: { readonly name: string; readonly text: string }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [text]);
  return (
    <a class="link" href={url} download={name}>
      Download as a file
    </a>
  );
}
