/**
 * Stores by their URLs.
 *
 * @module
 */

import type { AzureOptions } from "./azure_options.ts";
import type { GcsOptions } from "./gcs_options.ts";
import { objectPlaceOf, placeOf, type StorePlace } from "./object_url.ts";
import type { S3Options } from "./s3_options.ts";
import type { Store } from "./store.ts";

/** Options of each kind of store; missing ones come from the environment. */
export interface StoreOptions {
  /** Of `s3:` URLs. */
  readonly s3?: S3Options | undefined;
  /** Of `az:` and `abfss:` URLs. */
  readonly azure?: AzureOptions | undefined;
  /** Of `gs:` URLs. */
  readonly gcs?: GcsOptions | undefined;
}

/**
 * Opens the store that a path or a URL names: a folder, or a bucket with a prefix. Keys are relative to it.
 *
 * @param location A path, `file:///folder`, `s3://bucket/prefix`, `az://container/prefix`, `gs://bucket/prefix`; or a store, which is
 * returned as it is.
 * @param options Options of each kind of store; missing ones come from the environment.
 * @throws {TypeError} If it names no store.
 *
 * @example A folder, and an object in it; `s3://bucket/prefix` would do the same
 * ```ts
 * import { openStore } from "@parquet-ext/parquet-ext/store";
 *
 * const store = await openStore("./inputs");
 * await store.put("2026/a.csv", new TextEncoder().encode("id\n1\n"), { ifAbsent: true });
 * for await (const { key, size } of store.list("2026/")) console.assert(key === "2026/a.csv" && size === 5);
 * const head = await store.get("2026/a.csv", { start: 0, end: 2 });
 * console.assert(new TextDecoder().decode(head) === "id");
 * ```
 */
export async function openStore(
  location: string | URL | Store,
  options: StoreOptions = {},
): Promise<Store> {
  if (typeof location === "object" && !(location instanceof URL)) return location;
  const place = placeOf(location);
  return await open(place, place.path, options);
}

/**
 * Opens the store of an object.
 *
 * @returns The store, and the object's key in it.
 * @throws {TypeError} When the location names no object.
 */
export async function openStoreOf(
  location: string | URL,
  options: StoreOptions = {},
): Promise<{ readonly store: Store; readonly key: string }> {
  const place = objectPlaceOf(location);
  if (place.kind === "file") return (await import("./file_store.ts")).fileStoreOf(place.path);
  return { store: await open(place, "", options), key: place.path };
}

/** Loads what the store needs: who writes to one place does not pay for the others. */
async function open(
  { kind, bucket, host }: StorePlace,
  prefix: string,
  { s3, azure, gcs }: StoreOptions,
): Promise<Store> {
  switch (kind) {
    case "file":
      return new (await import("./file_store.ts")).FileStore(prefix);
    case "s3":
      return new (await import("./s3_store.ts")).S3Store(bucket, prefix, s3);
    case "azure": {
      const { AzureStore } = await import("./azure_store.ts");
      const { accountOfHost } = await import("./azure_options.ts");
      return new AzureStore(
        bucket,
        prefix,
        host === undefined ? azure : { ...accountOfHost(host), ...azure },
      );
    }
    case "gcs":
      return new (await import("./gcs_store.ts")).GcsStore(bucket, prefix, gcs);
  }
}
