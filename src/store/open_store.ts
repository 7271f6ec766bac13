/**
 * Stores by their URLs.
 *
 * @module
 */

import { objectPlaceOf, placeOf, type StorePlace } from "./object_url.ts";
import type { S3Options } from "./s3_options.ts";
import type { Store } from "./store.ts";

/** Options of the stores of each kind; what they lack, the environment says. */
export interface StoreOptions {
  readonly s3?: S3Options | undefined;
}

/**
 * Opens the store that a path or a URL names: a folder, or a bucket with the prefix that keys are relative to.
 *
 * @param location A path, `file:///folder`, `s3://bucket/prefix`; or a store, which is returned as it is.
 * @throws {TypeError} When it names no store.
 */
export async function openStore(
  location: string | URL | Store,
  options: StoreOptions = {},
): Promise<Store> {
  if (typeof location === "object" && !(location instanceof URL)) return location;
  const place = placeOf(location);
  // Loaded when needed: who writes to one place does not pay for the others.
  if (place.kind === "file") return new (await import("./file_store.ts")).FileStore(place.path);
  return await openBucket(place, place.path, options);
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
  return { store: await openBucket(place, "", options), key: place.path };
}

async function openBucket(
  { bucket }: StorePlace,
  prefix: string,
  { s3 }: StoreOptions,
): Promise<Store> {
  const { S3Store } = await import("./s3_store.ts");
  return new S3Store(bucket, prefix, s3);
}
