/** @throws {Error} when the variable is not set: shop.ts, which starts the processes, sets them all. */
export function requiredEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "")
    throw new Error(`${name} is not set. Start the shop with "npm run demo".`);
  return value;
}
