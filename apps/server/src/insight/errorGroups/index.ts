/** Errors that are alike, from their rollups. */
export { readErrorGroup, type ErrorGroup } from "./readErrorGroup.ts";
export { readErrorGroups, type Decided, type ErrorGroups } from "./readErrorGroups.ts";
export { readNames } from "./readNames.ts";
export {
  readNewErrors,
  readReleaseStarts,
  readSightings,
  type NewError,
  type Sighting,
} from "./sightings.ts";
