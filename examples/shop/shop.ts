/** Starts the shop's processes, wires them together, and rolls releases of shop-api out and back. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BAD_RELEASE, GOOD_RELEASE } from "./api/releases.ts";
import { type Child, startChild } from "./child.ts";
import { readControl, setTrouble, writeControl } from "./control.ts";
import { prepareDatabase } from "./db/prepare.ts";
import type { Trouble } from "./trouble.ts";

const LOOK_EVERY_MS = 200;

/** Brisker than the SDK's own, for a demo; the environment may say otherwise. */
const telemetryDefaults = {
  OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
  OTEL_BSP_SCHEDULE_DELAY: "500",
  OTEL_BLRP_SCHEDULE_DELAY: "500",
  OTEL_METRIC_EXPORT_INTERVAL: "10000",
  OTEL_METRIC_EXPORT_TIMEOUT: "5000",
};

export interface ShopOptions {
  /** Base address of an OTLP/HTTP receiver. */
  otlpEndpoint: string;
  /** Port of shop-web; 0 takes a free one. */
  port?: number;
  /** PostgreSQL to use; without one the shop brings its own, empty and in memory. */
  databaseUrl?: string | undefined;
  troubles?: Trouble[];
  /** More environment for every process. */
  env?: Record<string, string>;
}

export interface Shop {
  /** Address of shop-web. */
  readonly url: string;
  readonly databaseUrl: string;
  setTrouble(trouble: Trouble, isOn: boolean): void;
  /** Resolves with the name of a process that ended without being asked to. */
  readonly lost: Promise<string>;
  /** Stops everything, the database last, with all telemetry sent. */
  stop(): Promise<void>;
}

/** @throws {Error} with a sentence for the person when a process does not start; what had started is stopped again. */
export async function startShop(options: ShopOptions): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-shop-"));
  const controlFile = join(folder, "control.json");
  const children: Child[] = [];
  const lost = Promise.withResolvers<string>();
  let isStopping = false;

  const keep = (child: Child): Child => {
    children.push(child);
    void child.ended.then(() => {
      const index = children.indexOf(child);
      if (index >= 0) children.splice(index, 1);
      if (index >= 0 && !isStopping) lost.resolve(child.name);
    });
    return child;
  };
  /** Stops one process on purpose. */
  const retire = async (child: Child) => {
    children.splice(children.indexOf(child), 1);
    await child.stop();
  };
  const stop = async () => {
    isStopping = true;
    clearInterval(watch);
    await rollout;
    // From the front door to the database, so that nobody is left asking someone who has gone.
    for (const child of children.toReversed()) await child.stop();
    await rm(folder, { recursive: true, force: true });
  };

  let watch: NodeJS.Timeout | undefined;
  let rollout: Promise<void> = Promise.resolve();
  try {
    writeControl(controlFile, { troubles: options.troubles ?? [], apiUrl: "" });
    const databaseUrl =
      options.databaseUrl ??
      keep(await startChild({ name: "the shop's database", file: "db/main.ts" })).url ??
      "";
    await prepareDatabase(databaseUrl);

    const start = (name: string, file: string, release: string, env: Record<string, string> = {}) =>
      startChild({
        name,
        file,
        isInstrumented: true,
        env: {
          ...telemetryDefaults,
          ...process.env,
          ...options.env,
          OTEL_EXPORTER_OTLP_ENDPOINT: options.otlpEndpoint,
          OTEL_SERVICE_NAME: name,
          OTEL_RESOURCE_ATTRIBUTES: `service.version=${release},deployment.environment.name=demo`,
          SHOP_RELEASE: release,
          SHOP_DATABASE_URL: databaseUrl,
          SHOP_CONTROL_FILE: controlFile,
          ...env,
        },
      });
    const wantedRelease = () =>
      readControl(controlFile).troubles.includes("bad-deploy") ? BAD_RELEASE : GOOD_RELEASE;

    /** Starts the wanted release beside the running one, moves the traffic over, then stops the old one. */
    const roll = async (release: string): Promise<Child> => {
      const api = keep(await start("shop-api", "api/server.ts", release));
      writeControl(controlFile, { ...readControl(controlFile), apiUrl: `http://127.0.0.1:${api.port}` });
      return api;
    };
    let release = wantedRelease();
    let api = await roll(release);
    keep(await start("shop-worker", "worker/main.ts", "1.1.0"));
    const web = keep(
      await start("shop-web", "web/server.ts", "2.3.0", { SHOP_PORT: String(options.port ?? 0) }),
    );

    const followSwitch = async () => {
      const wanted = wantedRelease();
      if (wanted === release || isStopping) return;
      release = wanted;
      const old = api;
      api = await roll(wanted);
      await retire(old);
    };
    watch = setInterval(() => {
      rollout = rollout.then(followSwitch).catch((error: unknown) => {
        process.stderr.write(`shop: the rollout failed: ${String(error)}\n`);
      });
    }, LOOK_EVERY_MS);

    return {
      url: `http://127.0.0.1:${web.port}`,
      databaseUrl,
      setTrouble: (trouble, isOn) => setTrouble(controlFile, trouble, isOn),
      lost: lost.promise,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
