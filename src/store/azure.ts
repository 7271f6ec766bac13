/**
 * Parquet files in containers of Azure Blob Storage.
 *
 * @module
 */

import type { Sink } from "../sink/sink.ts";
import {
  accountOfHost,
  AZURE_OPTION_NAMES,
  type AzureOptions,
  type AzureSinkOptions,
  readBlobAddress,
} from "./azure_options.ts";
import { AzureStore } from "./azure_store.ts";
import { objectPlaceOf, placeOf } from "./object_url.ts";
import { checkNames, required, splitOptions } from "./sink_options.ts";
import type { Store } from "./store.ts";

export type { AzureOptions, AzureSinkOptions } from "./azure_options.ts";
export type { RetryOptions } from "./retry.ts";
export type {
  ByteRange,
  GetOptions,
  ListOptions,
  ObjectInfo,
  PutOptions,
  RequestOptions,
  Store,
  StoreSinkOptions,
} from "./store.ts";
export type { TokenOption } from "./token.ts";
export type { UploadOptions } from "./upload_sink.ts";
export type { Sink } from "../sink/sink.ts";
export { ObjectNotFoundError, PreconditionError, SinkError, StoreError } from "../util/errors.ts";

/**
 * Creates a sink that writes a block blob.
 *
 * A blob of up to one part (16 MiB) is one request. A larger one is made of equal blocks, four in flight at a time, which count towards the
 * `memoryBudget` of the writer. The blob is complete when the sink has closed, or does not exist. The blocks of a failed write are
 * invisible, and Azure drops them after a week.
 *
 * @param options The blob (`container` and `key`, or a `url`), how to reach it, and how to write it. Missing ones come from the environment:
 * `AZURE_STORAGE_CONNECTION_STRING`, `AZURE_STORAGE_ACCOUNT`, `AZURE_STORAGE_KEY`, `AZURE_STORAGE_SAS_TOKEN`, …
 * @throws {TypeError | RangeError} If an option is unknown, missing or out of range.
 *
 * @example A blob that must not be there yet
 * ```ts
 * import { azureSink } from "@parquet-ext/parquet-ext/azure";
 *
 * const sink = azureSink({
 *   account: "my-account",
 *   sasToken: "sv=2024-11-04&sig=abc",
 *   container: "trips",
 *   key: "2026/11.parquet",
 *   overwrite: false,
 * });
 * // await writeParquet(rows, sink);
 * console.assert(sink.heldBytes === 0);
 * ```
 */
export function azureSink(options: AzureSinkOptions | string | URL): Sink {
  const given = typeof options === "string" || options instanceof URL ? { url: options } : options;
  const { store, sink } = splitOptions(
    "an Azure sink",
    given,
    ["url", "container", "key"],
    AZURE_OPTION_NAMES,
  );
  const said = given.url === undefined ? null : readUrl(given.url);
  const container = required("an Azure sink", "container", given.container ?? said?.container);
  const key = required("an Azure sink", "key", given.key ?? said?.key);
  return new AzureStore(container, "", { ...said?.options, ...store }).sink(key, sink);
}

/**
 * Opens a container, or a folder in it, as a store of many blobs.
 *
 * @param location `az://container/prefix` or `abfss://container@account.dfs.core.windows.net/prefix`; keys are relative to the prefix.
 * @throws {TypeError | RangeError} If an option is unknown or out of range.
 */
export function azureStore(location: string | URL, options: AzureOptions = {}): Store {
  checkNames("an Azure store", options, AZURE_OPTION_NAMES);
  const { kind, bucket, host, path } = placeOf(location);
  if (kind !== "azure") {
    throw new TypeError(
      `Cannot make an Azure store: ${location} is neither an az: nor an abfss: URL`,
    );
  }
  const said = host === undefined ? {} : accountOfHost(host);
  return new AzureStore(bucket, path, { ...said, ...options });
}

function readUrl(location: string | URL): ReturnType<typeof readBlobAddress> {
  const address = readBlobAddress(location);
  if (address !== null) return address;
  const { kind, bucket, host, path } = objectPlaceOf(location);
  if (kind === "azure") {
    return { container: bucket, key: path, options: host === undefined ? {} : accountOfHost(host) };
  }
  throw new TypeError(
    "Cannot make an Azure sink: the url is neither az:, abfss: nor the address of a blob",
  );
}
