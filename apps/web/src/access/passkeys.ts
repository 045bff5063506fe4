/**
 * Passkeys in the browser: its own WebAuthn, with the JSON forms that the server speaks.
 * https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON
 */
import type { Problem } from "@throughline/contract";
import { fetchApi, sendApi, type Answer } from "../data/api.ts";

/** A challenge works for five minutes. */
const CHALLENGE_RENEWED_MS = 4 * 60_000;

/** Whether this browser knows the JSON forms; all of 2025 do. */
export function canUsePasskeys(): boolean {
  return (
    typeof PublicKeyCredential === "function" &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function" &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function"
  );
}

/** Asks the person's device for a new passkey, and hands its public half to the server. */
export async function addPasskey(name: string): Promise<Answer> {
  const made = await ask(async () => {
    const asked = await fetchApi("/api/auth/passkey/generate-register-options");
    if (asked.problem !== null) return asked;
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
      asked.data as PublicKeyCredentialCreationOptionsJSON,
    );
    return await navigator.credentials.create({ publicKey });
  });
  if (made.problem !== null) return made;
  return await sendApi("POST", "/api/auth/passkey/verify-registration", { name, response: made.data });
}

/** Asks the person for a passkey and signs in with it. */
export async function signInWithPasskey(): Promise<Answer> {
  const used = await askForPasskey({});
  return used.problem === null ? await verify(used.data) : used;
}

/**
 * Offers passkeys among the suggestions of the e-mail field, where the browser can. A browser has one question open at a
 * time: end it before asking another one.
 * @param onAnswer one was chosen there: signed in, or refused
 * @returns ends it
 */
export function offerPasskeys(onAnswer: (answer: Answer) => void): () => void {
  const ended = new AbortController();
  let offer = ended;
  const renew = async (): Promise<void> => {
    offer = new AbortController();
    const signal = AbortSignal.any([offer.signal, ended.signal]);
    const used = await askForPasskey({ mediation: "conditional", signal });
    // Without an answer, or without a server, there is still the form.
    if (used.problem === null) onAnswer(await verify(used.data));
  };
  const timer = setInterval(() => {
    offer.abort();
    void renew();
  }, CHALLENGE_RENEWED_MS);
  void PublicKeyCredential.isConditionalMediationAvailable?.().then((isAvailable) => {
    if (isAvailable && !ended.signal.aborted) void renew();
    else clearInterval(timer);
  });
  return () => {
    clearInterval(timer);
    ended.abort();
  };
}

async function askForPasskey(how: Pick<CredentialRequestOptions, "mediation" | "signal">): Promise<Answer> {
  return await ask(async () => {
    const asked = await fetchApi("/api/auth/passkey/generate-authenticate-options", how.signal);
    if (asked.problem !== null) return asked;
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
      asked.data as PublicKeyCredentialRequestOptionsJSON,
    );
    // The server insists on it in any case: a passkey stands for the password and the second factor.
    return await navigator.credentials.get({
      ...how,
      publicKey: { ...publicKey, userVerification: "required" },
    });
  });
}

async function verify(response: unknown): Promise<Answer> {
  const answer = await sendApi("POST", "/api/auth/passkey/verify-authentication", { response });
  // A device goes on offering what was removed here.
  return answer.problem?.code === "sign_in_failed"
    ? refused(
        "This passkey is not known here, or was removed: sign in another way, and delete it on your device.",
      )
    : answer;
}

/** The browser's answer as JSON. It does not tell whether the person gave up or the device has no passkey. */
async function ask(question: () => Promise<Credential | Answer | null>): Promise<Answer> {
  try {
    const found = await question();
    if (found === null) return refused("The browser gave no passkey.");
    if (found instanceof PublicKeyCredential) return { data: found.toJSON(), problem: null };
    return "problem" in found ? found : refused("The browser gave something else.");
  } catch (error) {
    return refused(
      SENTENCES[error instanceof Error ? error.name : ""] ?? `The browser refused: ${String(error)}`,
    );
  }
}

/** https://www.w3.org/TR/webauthn-3/#sctn-op-make-cred */
const SENTENCES: Readonly<Record<string, string>> = {
  InvalidStateError: "This device has a passkey of this account already.",
  NotAllowedError: "No passkey was used: it was given up, took too long, or there is none here.",
};

function refused(detail: string): Answer {
  const problem: Problem = {
    type: "about:blank",
    title: "No passkey",
    status: 400,
    code: "no_passkey",
    detail,
  };
  return { data: null, problem };
}
