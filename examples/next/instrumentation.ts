export { register } from "@throughline/node/next";
