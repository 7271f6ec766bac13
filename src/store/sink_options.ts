/**
 * The options of `s3Sink`, `azureSink` and `gcsSink`: where an object is, how to reach it, and how to write it.
 *
 * @module
 */

import { nearestNames } from "../util/nearest_names.ts";
import { objectPlaceOf } from "./object_url.ts";
import type { StoreSinkOptions } from "./store.ts";

/** Names of {@linkcode StoreSinkOptions}. */
const OWN: readonly (keyof StoreSinkOptions)[] = ["overwrite", "metadata", "contentType"];

/**
 * Checks the names of options.
 *
 * @throws {TypeError} When one is unknown, or they are no object. Values are not told.
 */
export function checkNames(what: string, options: unknown, valid: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`Cannot make ${what}: options must be an object`);
  }
  for (const name of Object.keys(options)) {
    if (valid.includes(name)) continue;
    const [near] = nearestNames(name, valid, 1);
    const hint = near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
    throw new TypeError(
      `Cannot make ${what}: unknown option ${JSON.stringify(name)}${hint} Options are ${
        valid.join(", ")
      }`,
    );
  }
}

/** Options of a sink, sorted out. */
export interface SplitOptions<Options> {
  readonly store: Options;
  readonly sink: StoreSinkOptions;
}

/**
 * Checks what a sink was given, and tells options of the store from those of the object.
 *
 * @param places Names of options that say where the object is.
 * @param names Names of the store's options.
 */
export function splitOptions<Options extends object>(
  what: string,
  options: Options & StoreSinkOptions,
  places: readonly string[],
  names: readonly string[],
): SplitOptions<Options> {
  checkNames(what, options, [...places, ...OWN, ...names]);
  const { overwrite, metadata, contentType } = options;
  if (overwrite !== undefined && typeof overwrite !== "boolean") {
    throw new TypeError(`Cannot make ${what}: overwrite must be true or false`);
  }
  const store = Object.fromEntries(
    Object.entries(options).filter(([name]) => names.includes(name)),
  );
  return { store: store as Options, sink: { overwrite, metadata, contentType } };
}

/** A text that is asked for. */
export function required(what: string, name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new TypeError(`Cannot make ${what}: it needs ${name}, or a url`);
}

/** Where the object of a sink is. */
interface BucketPlace {
  readonly url?: string | URL | undefined;
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Sorts out what the sink of an object in a bucket was given.
 *
 * @param scheme Of its URLs.
 * @param names Names of the store's options.
 */
export function bucketObject<Options extends object>(
  what: string,
  [kind, scheme]: readonly ["s3", "s3"] | readonly ["gcs", "gs"],
  options: (Options & StoreSinkOptions & BucketPlace) | string | URL,
  names: readonly string[],
): SplitOptions<Options> & { readonly bucket: string; readonly key: string } {
  const given = typeof options === "string" || options instanceof URL
    ? { url: options } as Options & StoreSinkOptions & BucketPlace
    : options;
  const split = splitOptions<Options>(what, given, ["url", "bucket", "key"], names);
  const place = given.url === undefined ? null : objectPlaceOf(given.url);
  if (place !== null && place.kind !== kind) {
    throw new TypeError(
      `Cannot make ${what}: ${given.url} is not ${scheme === "s3" ? "an" : "a"} ${scheme}: URL`,
    );
  }
  const bucket = required(what, "bucket", given.bucket ?? place?.bucket);
  const key = required(what, "key", given.key ?? place?.path);
  return { ...split, bucket, key };
}
