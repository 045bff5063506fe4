/**
 * The command: `npm start`. Checks the machine, starts the product, prints where to look, ends cleanly on SIGTERM and
 * SIGINT. Whatever stops the start is told in plain sentences, without a stack.
 */
import {
  checkPlatform,
  ConfigError,
  describeEnvironment,
  gatherPlatformFacts,
  loadConfig,
} from "../src/config/index.ts";
import { SecretError } from "../src/access/index.ts";
import { ControlError } from "../src/engines/control/index.ts";
import { DirectoryInUseError } from "../src/engines/lock.ts";
import { SharedStoreError } from "../src/engines/shared/index.ts";
import { TelemetryError } from "../src/engines/telemetry/index.ts";
import { WebNotBuiltError } from "../src/http/pages/index.ts";
import { PortInUseError, startProduct } from "../src/main.ts";

if (process.argv.includes("--help") || process.argv.includes("-h")) {
  printHelp();
} else {
  await run();
}

async function run(): Promise<void> {
  try {
    const config = loadConfig(process.env);
    const findings = checkPlatform(await gatherPlatformFacts(config.dataDir), config.freeDiskBytesMin);
    for (const { severity, sentence, hint } of findings) {
      process.stderr.write(
        `${severity === "fatal" ? "Throughline can't start" : "Warning"}: ${sentence} ${hint}\n`,
      );
    }
    if (findings.some(({ severity }) => severity === "fatal")) {
      process.exitCode = 1;
      return;
    }
    const starting = startProduct(config);
    endOnSignal(async () => await (await starting).close());
    process.stdout.write((await starting).welcome);
  } catch (error) {
    if (!isExplained(error)) throw error;
    process.stderr.write(`Throughline can't start: ${error.message}\n`);
    process.exitCode = 1;
  }
}

function isExplained(error: unknown): error is Error {
  return [
    ConfigError,
    DirectoryInUseError,
    TelemetryError,
    ControlError,
    SecretError,
    SharedStoreError,
    WebNotBuiltError,
    PortInUseError,
  ].some((kind) => error instanceof kind);
}

/** The first signal drains; a second one ends at once, and the journal brings everything back at the next start. */
function endOnSignal(close: () => Promise<void>): void {
  let isClosing = false;
  const end = (): void => {
    if (isClosing) process.exit(1);
    isClosing = true;
    close().catch((error: unknown) => {
      process.stderr.write(`The shutdown failed: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = 1;
    });
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

function printHelp(): void {
  const lines = describeEnvironment().map(
    ({ name, default: value, help }) =>
      `  ${name.padEnd(30)} ${help}${value === null ? "" : ` Default: ${value}`}`,
  );
  process.stdout.write(
    `Throughline: is it fast, is it up, what changed, and did the fix work?\n\nUsage: npm start\n\nSettings (environment):\n${lines.join("\n")}\n`,
  );
}
