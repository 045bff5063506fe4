/** What a provider's own description says is right and wrong with it. Asked when the dialog opens. */
import type { Problem, SsoCheck, SsoProvider } from "@throughline/contract";
import { useEffect, useState } from "preact/hooks";
import { sendApi } from "../data/api.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { FormProblem } from "../ui/Field.tsx";
import { Skeleton } from "../ui/States.tsx";

const WORDS = { good: "fine", warn: "look", bad: "wrong" } as const;

export function CheckDialog({
  provider,
  onClose,
}: {
  readonly provider: SsoProvider;
  readonly onClose: () => void;
}) {
  const [check, setCheck] = useState<SsoCheck | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    void sendApi("POST", `/api/sso-providers/${provider.id}/check`).then((answer) => {
      if (answer.problem === null) setCheck(answer.data as SsoCheck);
      else setProblem(answer.problem);
    });
  }, [provider.id]);
  return (
    <Dialog title={`Check of ${provider.name}`} onClose={onClose}>
      <div class="form" aria-live="polite">
        <FormProblem problem={problem} />
        {check === null ? (
          problem === null ? (
            <Skeleton lines={3} label="Asking the provider" />
          ) : null
        ) : (
          <>
            <p>
              {check.isUsable
                ? "Nothing stands in the way. Whether id and secret are right shows when somebody signs in."
                : "Nobody can sign in through it yet."}
            </p>
            <ul class="findings-list">
              {check.findings.map(({ tone, text }) => (
                <li key={text}>
                  <Badge tone={tone}>{WORDS[tone]}</Badge> <span>{text}</span>
                </li>
              ))}
            </ul>
          </>
        )}
        <div class="form-buttons">
          {check?.isUsable === true && provider.isEnabled ? (
            <ButtonLink href={new URL(provider.startUrl).pathname}>Try it: sign in</ButtonLink>
          ) : null}
          <Button kind="primary" onClick={onClose}>
            Close
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
