/** The shapes of packages/contract under their names, so that the document says each once. */
import * as contract from "@throughline/contract";
import { z } from "zod";

export const schemaRegistry = z.registry<{ id: string; [key: string]: unknown }>();

for (const [name, exported] of Object.entries<unknown>(contract)) {
  // Parameters of addresses are written out where they are taken.
  if (/(Query|Filter)$/.test(name)) continue;
  // Enums and unions are shorter where they stand than by their names.
  if (!(exported instanceof z.ZodObject) || schemaRegistry.has(exported)) continue;
  schemaRegistry.add(exported, { id: name.charAt(0).toUpperCase() + name.slice(1) });
}
