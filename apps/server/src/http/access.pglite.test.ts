/** Who may what, on the embedded control store. On a server: test/e2e/access.postgres.test.ts. */
import { openTestControlStore } from "../../../../test/harness/controlStore.ts";
import { accessSuites } from "./accessContract/index.ts";

accessSuites({ name: "PGlite", open: () => openTestControlStore() });
