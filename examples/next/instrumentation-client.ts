import { register } from "@throughline/browser/next";
register();
