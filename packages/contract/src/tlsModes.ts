/** How a connection to a watched database is protected; for pages, which load no schema library. */
export const TLS_MODES = ["verify-full", "require", "disable"] as const;
