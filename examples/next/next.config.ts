import type { NextConfig } from "next";

export default {
  // Node loads it as it is: OpenTelemetry has to be the one copy that Next.js sees too.
  serverExternalPackages: ["@throughline/node"],
  // Writes the trace of a rendered page into its head, where the browser SDK finds it.
  experimental: { clientTraceMetadata: ["traceparent"] },
} satisfies NextConfig;
