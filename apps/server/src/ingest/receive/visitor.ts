/** What a browser's request says about its visitor besides the body. */
import type { IncomingHttpHeaders } from "node:http";
import type { DeviceType } from "@throughline/contract";
import type { Visitor } from "../types.ts";

/** Set by Cloudflare, Vercel and CloudFront from the visitor's address. */
const COUNTRY_HEADERS = ["cf-ipcountry", "x-vercel-ip-country", "cloudfront-viewer-country"];
/** Cloudflare's "unknown". */
const UNKNOWN_COUNTRY = "XX";

const TABLET = /ipad|tablet|playbook|silk(?!.*mobile)|android(?!.*mobi)/i;
const MOBILE = /mobi|iphone|ipod/i;

/** @param isByTrustedProxy whether a proxy passed it on that the configuration trusts; anybody else may write any header */
export function visitorOf(headers: IncomingHttpHeaders, isByTrustedProxy: boolean): Visitor {
  return {
    origin: headers.origin ?? "",
    country: isByTrustedProxy ? countryOf(headers) : "",
    deviceType: deviceTypeOf(headers["user-agent"]),
  };
}

function countryOf(headers: IncomingHttpHeaders): string {
  for (const name of COUNTRY_HEADERS) {
    const value = headers[name];
    if (typeof value === "string" && /^[A-Z]{2}$/.test(value) && value !== UNKNOWN_COUNTRY) return value;
  }
  return "";
}

/** Empty without a User-Agent. Tablets that call themselves desktops (iPadOS) are told apart by the SDK only. */
export function deviceTypeOf(userAgent: string | undefined): DeviceType | "" {
  if (userAgent === undefined || userAgent === "") return "";
  if (TABLET.test(userAgent)) return "tablet";
  return MOBILE.test(userAgent) ? "mobile" : "desktop";
}
