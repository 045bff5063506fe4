/** `POST /api/source-maps`: what turns a place in a bundle into a place in the code it was made of. */
import { z } from "zod";

export const newSourceMap = z.object({
  /** The project that the key or person may see; without one the usual one. */
  project: z.string().min(1).max(100).default("default"),
  /** As the browser SDK is told: `service.version` of the site. */
  release: z.string().min(1).max(256),
  /** Address or path of the file as browsers load it; a query is dropped. */
  fileUrl: z
    .string()
    .min(1)
    .max(2048)
    .regex(/^(https?:\/\/|\/)/, {
      error: "must be an http(s) address, or a path that starts with /",
    }),
  /** Version 3; sourcesContent is dropped. https://tc39.es/ecma426/ */
  map: z.unknown(),
  /** The file itself: needed for long frames and interactions when it has more than one line. It is not stored. */
  code: z.string().optional(),
});
export type NewSourceMap = z.input<typeof newSourceMap>;

export const sourceMapRow = z.object({
  id: z.string(),
  projectId: z.string(),
  release: z.string(),
  fileUrl: z.string(),
  /** As it is stored, compressed. */
  sizeBytes: z.number().int(),
  createdAtMs: z.number(),
});
export type SourceMapRow = z.infer<typeof sourceMapRow>;

/** `GET /api/source-maps`, newest first. */
export const sourceMapList = z.object({ sourceMaps: z.array(sourceMapRow) });
