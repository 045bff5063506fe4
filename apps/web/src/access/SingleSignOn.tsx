/** On the sign-in page: the way through an organisation's own provider, found by the mail domain. */
import type { SsoAnswer } from "@throughline/contract";
import { useState } from "preact/hooks";
import { sendApi } from "../data/api.ts";
import { toProvider } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";

type Providers = SsoAnswer["providers"];

export interface SingleSignOnState {
  /** Of the domain that was asked about last; null before the first. */
  readonly providers: Providers | null;
  /** Why nothing is offered, after somebody asked for it. */
  readonly note: string | null;
  /** When a field was left: providers are offered without being asked for. */
  readonly onFormChange: (event: Event) => void;
  readonly onAsk: (event: Event) => void;
}

export function useSingleSignOn(next: string): SingleSignOnState {
  const [providers, setProviders] = useState<Providers | null>(null);
  const [note, setNote] = useState<string | null>(null);

  async function find(email: string): Promise<Providers | null> {
    const answer = await sendApi("POST", "/api/sso/find", { email });
    if (answer.problem !== null) {
      setNote(answer.problem.detail ?? answer.problem.title);
      return null;
    }
    const found = (answer.data as SsoAnswer).providers;
    setNote(null);
    setProviders(found);
    return found;
  }

  return {
    providers,
    note,
    onFormChange: (event) => {
      const field = event.target;
      if (!(field instanceof HTMLInputElement) || field.name !== "email") return;
      if (field.value !== "" && field.validity.valid) void find(field.value);
      else setProviders(null);
    },
    onAsk: (event) => {
      const field = event.currentTarget instanceof HTMLButtonElement ? event.currentTarget.form : null;
      const email = field?.elements.namedItem("email");
      // The browser says beside the field what is missing.
      if (!(email instanceof HTMLInputElement) || !email.reportValidity()) return;
      void find(email.value).then((found) => {
        const [only, ...others] = found ?? [];
        if (only !== undefined && others.length === 0) location.assign(toProvider(only.id, next));
        else if (found?.length === 0) setNote(`Nothing is set up for ${email.value.replace(/^.*@/, "")}.`);
      });
    },
  };
}

export function SingleSignOn({
  providers,
  note,
  next,
  onAsk,
}: SingleSignOnState & { readonly next: string }) {
  const isFound = providers !== null && providers.length > 0;
  return (
    <div class="single-sign-on">
      {isFound ? (
        providers.map(({ id, name }) => (
          <ButtonLink key={id} href={toProvider(id, next)}>
            <span>Continue with {name}</span>
          </ButtonLink>
        ))
      ) : (
        <Button onClick={onAsk}>Single sign-on</Button>
      )}
      <p role="status" class="field-hint">
        {note}
      </p>
    </div>
  );
}
