/** Fields that several shapes of access share. */
import { z } from "zod";

export const id = z.uuid();
export const name = z.string().trim().min(1).max(200);
export const email = z.string().trim().toLowerCase().max(320).pipe(z.email());
/** Between 10 and 128 characters, whichever they are. */
export const newPassword = z.string().min(10).max(128);
export const projectId = z.string().min(1).max(63);
/** Why somebody does something: kept in the audit log. */
export const why = z.string().trim().max(2000);
/** Days until a key or an invitation ends. */
export const days = z.number().int().min(1).max(3650);
