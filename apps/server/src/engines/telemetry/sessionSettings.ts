/** Settings that decide what a statement means or how its answer looks: equal on every backend. */
import type { EngineSettings } from "./driver.ts";

export const SESSION_SETTINGS: EngineSettings = {
  session_timezone: "UTC",
  async_insert: 0,
  output_format_json_quote_64bit_integers: 0,
  // NaN and infinity become null: JSON has no other way to say them.
  output_format_json_quote_denormals: 0,
};
