/** The web app on HTTP: its pages rendered with their data, its assets. */
export { pagesPlugin, type PagesOptions } from "./pagesPlugin.ts";
export { WebNotBuiltError } from "./webBundle.ts";
