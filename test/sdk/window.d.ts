import type * as sdk from "@throughline/browser";

declare global {
  var throughline: typeof sdk | undefined;
}
