/** azurite: Azure Blob Storage in memory. */

import { fileURLToPath } from "node:url";
import { findRuntime } from "../../../scripts/runtimes.mjs";
import { AzureClient } from "../../../src/store/azure_client.ts";
import { startServer } from "./process.ts";

const MAIN = fileURLToPath(
  new URL("../../../node_modules/azurite/dist/src/blob/main.js", import.meta.url),
);

/** The emulator's account, which everybody may know. */
export const ACCOUNT = "devstoreaccount1";
/** Its key. */
export const ACCOUNT_KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** A running emulator. */
export interface Azurite {
  readonly options: {
    readonly account: string;
    readonly accountKey: string;
    readonly endpoint: string;
  };
  /** Where it listens. */
  readonly url: string;
  /** Makes a container, and gives its name. */
  newContainer(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the emulator. */
export async function startAzurite(): Promise<Azurite> {
  const server = await startServer(findRuntime("node").binary, (port) => [
    MAIN,
    "--blobPort",
    String(port),
    "--inMemoryPersistence",
    "--disableTelemetry",
    "--silent",
  ]);
  const options = {
    account: ACCOUNT,
    accountKey: ACCOUNT_KEY,
    endpoint: `${server.url}/${ACCOUNT}`,
  };
  let containers = 0;
  return {
    options,
    url: server.url,
    newContainer: async () => {
      const container = `container-${++containers}`;
      await new AzureClient(container, options).send({
        verb: "create",
        method: "PUT",
        key: "",
        query: { restype: "container" },
      });
      return container;
    },
    stop: () => server.stop(),
  };
}
