/** Which build this is, as far as it can be known: from the platform's variables, else from the git checkout. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Release {
  readonly version: string;
  /** `unknown` outside a checkout when the platform says nothing. */
  readonly commit: string;
  readonly branch: string;
  /** ISO 8601; the process's start when the platform says nothing. */
  readonly deployedAt: string;
}

/** Milliseconds since the epoch. */
export const startedAtMs = Math.round(performance.timeOrigin);

const REPOSITORY = new URL("../../../", import.meta.url);

export function readRelease(env: Readonly<Record<string, string | undefined>>): Release {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const hasVersion = typeof manifest === "object" && manifest !== null && "version" in manifest;
  const deployedMs = Number(env.VERCEL_DEPLOYMENT_CREATED);
  return {
    version: hasVersion ? String(manifest.version) : "unknown",
    commit: env.VERCEL_GIT_COMMIT_SHA ?? env.GIT_COMMIT ?? git("rev-parse", "HEAD"),
    branch: env.VERCEL_GIT_COMMIT_REF ?? env.GIT_BRANCH ?? git("rev-parse", "--abbrev-ref", "HEAD"),
    deployedAt: new Date(deployedMs > 0 ? deployedMs : startedAtMs).toISOString(),
  };
}

function git(...args: string[]): string {
  try {
    return execFileSync("git", args, {
      cwd: REPOSITORY,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    // Not a checkout, or no git: an installation from an archive is fine without.
    return "unknown";
  }
}
