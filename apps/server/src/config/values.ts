/** What a variable's text may look like. Every message completes "NAME …" and never repeats a value that may be secret. */
import { isIP } from "node:net";
import { z } from "zod";

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

export const text = z.string();

/** An IP address or a host name: no scheme, no port. */
export const host = z
  .string()
  .refine((value) => isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value), {
    error: "must be an address or host name without scheme and port, such as 127.0.0.1 or 0.0.0.0",
  });

export const port = wholeNumber({ min: 0, max: 65_535 });

export const logLevel = z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
  error: "must be one of trace, debug, info, warn, error, fatal, silent",
});

export const onOff = z.string().transform((value, context) => {
  if (["on", "true", "1", "yes"].includes(value.toLowerCase())) return true;
  if (["off", "false", "0", "no"].includes(value.toLowerCase())) return false;
  context.addIssue({ code: "custom", message: `must be on or off, not ${JSON.stringify(value)}` });
  return z.NEVER;
});

export function wholeNumber({ min, max }: { readonly min: number; readonly max: number }) {
  return z.string().transform((value, context) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    const range = `a whole number from ${min} to ${max}`;
    context.addIssue({ code: "custom", message: `must be ${range}, not ${JSON.stringify(value)}` });
    return z.NEVER;
  });
}

/** Items a day. */
export const dailyQuota = wholeNumber({ min: 1, max: 999_999_999_999_999 });

/** Bytes, with an optional unit: `1073741824`, `1GiB`, `1.5 gb`, `512m` (k, m, g, t alone are powers of 1024). */
export function byteSize({ min }: { readonly min: number }) {
  return z.string().transform((value, context) => {
    const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]{0,3})$/i.exec(value);
    const perUnit = BYTES_PER_UNIT[match?.[2]?.toLowerCase() ?? ""];
    if (match === null || perUnit === undefined) {
      const message = `must be a size such as 1GiB, 512MiB or 1073741824, not ${JSON.stringify(value)}`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
    const bytes = Math.round(Number(match[1]) * perUnit);
    if (bytes >= min && Number.isSafeInteger(bytes)) return bytes;
    context.addIssue({ code: "custom", message: `must be at least ${min / 1024 ** 2}MiB` });
    return z.NEVER;
  });
}

/** An absolute URL with a host and one of the protocols; kept as written. */
export function urlOf(...protocols: readonly string[]) {
  return z.string().refine(
    (value) => {
      const url = URL.parse(value);
      return url !== null && protocols.includes(url.protocol) && url.hostname !== "";
    },
    { error: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}` },
  );
}

/** A web address without path: scheme, host, port. Kept as an origin. */
export const origin = z.string().transform((value, context) => {
  const url = URL.parse(value);
  if (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    /^\/?$/.test(url.pathname) &&
    url.search + url.hash === ""
  )
    return url.origin;
  context.addIssue({
    code: "custom",
    message: "must be an address without path, such as https://obs.example.com",
  });
  return z.NEVER;
});

export const mailAddress = z
  .string()
  .regex(/^[^\s@]{1,64}@[^\s@]{1,255}$/, { error: "must be an e-mail address" })
  .toLowerCase();

export const password = z
  .string()
  .refine((value) => value.length >= 10 && value.length <= 128, { error: "must have 10 to 128 characters" });

/** Addresses and networks, `10.0.0.0/8, ::1`. */
export const networks = listOf(isNetwork, "addresses or networks, such as 127.0.0.1, 10.0.0.0/8");

/** Networks, addresses and host names, `10.1.0.0/16, keycloak.internal`. */
export const networksAndNames = listOf(
  // Digits and dots alone are an address in a URL, and never a name.
  (each) => isNetwork(each) || (host.safeParse(each).success && !/^[\d.:]+$/.test(each)),
  "networks, addresses or host names, such as 10.1.0.0/16, 127.0.0.1, keycloak.internal",
);

function listOf(isEntry: (each: string) => boolean, what: string) {
  return z.string().transform((value, context) => {
    const list = value.split(/[\s,]+/).filter((each) => each !== "");
    if (list.every(isEntry)) return list;
    context.addIssue({ code: "custom", message: `must be ${what}` });
    return z.NEVER;
  });
}

function isNetwork(each: string): boolean {
  const [address = "", bits, ...rest] = each.split("/");
  const version = isIP(address);
  const bitsMax = version === 4 ? 32 : 128;
  return (
    version !== 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax))
  );
}
