/** What the figures were measured on. Says nothing about where it stands or what it is called. */
import { cpus, release, totalmem, type } from "node:os";
import { Session } from "chdb";
import { withScratch } from "./scratch.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
  readonly engine: string;
}

export async function describeMachine(): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release().replace(/-.*$/, "")}`,
    node: process.versions.node,
    engine: await engineVersion(),
  };
}

async function engineVersion(): Promise<string> {
  return await withScratch(async (folder) => {
    const session = new Session(folder);
    const version = session.query("SELECT version()", "TabSeparated").trim();
    session.close();
    return `ClickHouse ${version} in the process (chDB)`;
  });
}
