/**
 * `fetch` for addresses that people set (single sign-on, webhooks, checks). They may lead to the public Internet and to
 * what the operator allows, not into the network the server stands in: OWASP's server-side request forgery.
 * Every request makes its own connection, to an address that was checked (checkedLookup.ts). Redirects are followed here,
 * hop by hop, each checked like the first.
 */
import type { Socket } from "node:net";
import { Agent, fetch as undiciFetch, type RequestInit, type Response } from "undici";
import { type Allowance, createAllowance } from "./allowance.ts";
import { createCheckedLookup, refuseAddress, type Resolve, resolveBySystem } from "./checkedLookup.ts";
import { OutgoingError } from "./outgoingError.ts";
import { parseAddress } from "./addressKind.ts";
import { boundBody } from "./boundBody.ts";
import { createGuardedSocket, type HostAndPort } from "./guardedSocket.ts";
import { nextHop } from "./nextHop.ts";

export interface OutgoingInit extends Omit<RequestInit, "dispatcher"> {
  /** From the first look-up to the last byte of the body, redirects included. */
  readonly timeoutMs?: number;
  /** Of the answer, decompressed. */
  readonly bodyBytesMax?: number;
}

/**
 * As `fetch`: `redirect` is "follow" by default, "manual" hands a redirect out, "error" refuses it.
 * @throws {OutgoingError}, also while the body is read
 */
export type OutgoingFetch = (url: string | URL, init?: OutgoingInit) => Promise<Response>;

export interface Outgoing {
  readonly fetch: OutgoingFetch;
  /** Whether the operator named this very host: only then is what must be secret sent to it without TLS. */
  isNamedByOperator(url: URL): boolean;
  /** The same of a host: a name, or an address without brackets. */
  isHostNamedByOperator(host: string): boolean;
  /** For clients of other protocols than HTTP; not connected yet, see `createGuardedSocket`. */
  socketTo(where: HostAndPort): Socket;
  close(): Promise<void>;
}

export interface OutgoingOptions {
  /** THROUGHLINE_OUTGOING_ALLOW, entry by entry. */
  readonly allow: readonly string[];
  /** For tests of names; by default the system is asked. */
  readonly resolve?: Resolve;
}

const TIMEOUT_MS = 10_000;
const BODY_BYTES_MAX = 1024 * 1024;
const REDIRECTS_MAX = 5;

export function createOutgoing({ allow, resolve = resolveBySystem }: OutgoingOptions): Outgoing {
  const allowance = createAllowance(allow);
  const lookup = createCheckedLookup(allowance, resolve);
  const isHostNamed = (host: string): boolean => {
    const address = parseAddress(host);
    return address === null ? allowance.hasName(host.toLowerCase()) : allowance.hasAddress(address);
  };
  const agent = new Agent({
    // No connection is used twice: each is to an address that was checked for this very request.
    pipelining: 0,
    connect: { lookup, timeout: TIMEOUT_MS },
  });

  async function follow(url: URL, init: RequestInit, hopsLeft: number): Promise<Response> {
    refuseUrl(allowance, url);
    const answer = await undiciFetch(url, { ...init, redirect: "manual", dispatcher: agent });
    const next = init.redirect === "manual" ? null : nextHop(url, init, answer);
    if (next === null) return answer;
    await answer.body?.cancel();
    if (init.redirect === "error")
      throw new OutgoingError("redirect_refused", `${url.host} redirects, which is not expected here.`);
    if (hopsLeft === 0)
      throw new OutgoingError("redirect_refused", `${url.host} redirects more than ${REDIRECTS_MAX} times.`);
    return await follow(next.url, next.init, hopsLeft - 1);
  }

  return {
    async fetch(given, { timeoutMs = TIMEOUT_MS, bodyBytesMax = BODY_BYTES_MAX, ...init } = {}) {
      const url = parseUrl(given);
      const timeout = AbortSignal.timeout(timeoutMs);
      const signal = init.signal == null ? timeout : AbortSignal.any([init.signal, timeout]);
      const inOurWords = (error: unknown): unknown =>
        timeout.aborted
          ? new OutgoingError("timed_out", `${url.host} did not answer within ${timeoutMs} ms.`)
          : explained(url, error);
      try {
        const answer = await follow(url, { ...init, signal }, REDIRECTS_MAX);
        return boundBody(answer, { host: url.host, bytesMax: bodyBytesMax, inOurWords });
      } catch (error) {
        throw inOurWords(error);
      }
    },
    isNamedByOperator: (url) => isHostNamed(bareHost(url)),
    isHostNamedByOperator: isHostNamed,
    socketTo: (where) => createGuardedSocket(allowance, lookup, where),
    close: () => agent.destroy(),
  };
}

function parseUrl(given: string | URL): URL {
  // Parsed anew in any case: `2130706433`, `0x7f.1` and `127.1` all become the address that they are.
  const url = URL.parse(given);
  if (url === null) throw new OutgoingError("url_refused", "This is not a web address.");
  return url;
}

function refuseUrl(allowance: Allowance, url: URL): void {
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new OutgoingError("url_refused", `Only http and https are asked, not ${url.protocol}`);
  if (url.username !== "" || url.password !== "")
    throw new OutgoingError("url_refused", "An address with a user name or password in it is not asked.");
  // Names are checked when they are looked up; an address is not looked up.
  const host = bareHost(url);
  if (parseAddress(host) !== null) refuseAddress(allowance, host, host);
}

/** IPv6 without its brackets. */
const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

/** Our own refusals as they are; of others the code alone, since a message may quote what was answered. */
function explained(url: URL, error: unknown): unknown {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof OutgoingError) return each;
    // Whoever asked gave it up by themselves.
    if (each.name === "AbortError") return error;
  }
  const code = codeOf(error);
  return new OutgoingError(
    "unreachable",
    `${url.host} can't be reached${code === "" ? "" : ` (${code})`}.`,
    error,
  );
}

/** Of the error or of what caused it: ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
