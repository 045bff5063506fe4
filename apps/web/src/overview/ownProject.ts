/** The project that holds the product's own telemetry: nobody else's data goes there. */
export const OWN_PROJECT = "throughline";
