export { readStorage } from "./readStorage.ts";
export { STORAGE_TABLES } from "./tables.ts";
