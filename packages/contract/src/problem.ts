import { z } from "zod";

/** RFC 9457 problem details: the body of every refusal on HTTP. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  /** Stable code from the catalogue in docs/errors.md. */
  code: z.string(),
  /** Fields at fault, for validation errors. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;
