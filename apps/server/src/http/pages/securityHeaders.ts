/**
 * Every page answers with these. Scripts and styles come from this origin's files only: nothing inline, not even with a
 * nonce (the embedded state is data, which no policy lets run). https://www.w3.org/TR/CSP3/
 */
export const PAGE_HEADERS = {
  "content-security-policy": [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // Addresses contain names of services and routes: they stay here.
  "referrer-policy": "same-origin",
  "permissions-policy":
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()",
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  // A page shows what was true when it was asked for; going back may show it again without asking.
  "cache-control": "private, no-cache",
  vary: "cookie",
} as const;
