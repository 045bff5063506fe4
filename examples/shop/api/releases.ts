/** Releases of shop-api. The switch "bad-deploy" rolls the bad one out, and back again. */
export const GOOD_RELEASE = "1.4.2";
export const BAD_RELEASE = "1.5.0";
