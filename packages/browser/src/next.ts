/**
 * Next.js: in `instrumentation-client.ts`, or as a component in the root layout. Navigations of the router are seen by
 * the SDK itself.
 */
import { init, type Options } from "@throughline/browser";

/** Starts measuring, with `NEXT_PUBLIC_THROUGHLINE_KEY`, `_ENDPOINT` and `_RELEASE` for what is not given. */
export function register(options: Partial<Options> = {}): void {
  const key = options.key ?? process.env.NEXT_PUBLIC_THROUGHLINE_KEY;
  if (!key) return;
  init({
    endpoint: process.env.NEXT_PUBLIC_THROUGHLINE_ENDPOINT,
    release: process.env.NEXT_PUBLIC_THROUGHLINE_RELEASE,
    ...options,
    key,
  });
}

/** Renders nothing. `<Throughline ingestKey="tl_ingest_…" endpoint="https://obs.example.com" />` */
export function Throughline({
  ingestKey,
  ...options
}: Partial<Omit<Options, "key">> & { readonly ingestKey?: string }): null {
  // While rendering, which is earlier than an effect; a second init does nothing, and none does on the server.
  register({ ...options, key: ingestKey });
  return null;
}
