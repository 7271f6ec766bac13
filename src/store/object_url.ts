/**
 * URLs of stores, and of objects in them.
 *
 * @module
 */

/** Kinds of stores. */
export type StoreKind = "file" | "s3" | "azure" | "gcs";

/** A place in a store. */
export interface StorePlace {
  readonly kind: StoreKind;
  /** Bucket or container; of `file`, empty. */
  readonly bucket: string;
  /** Of Azure, what the URL says beside the container: `container@account.dfs.core.windows.net`. */
  readonly host?: string | undefined;
  /** Key or prefix, decoded, without slashes around it; of `file`, the path or URL as it was given. */
  readonly path: string;
}

/** Schemes, with the other names that tools use for them. */
const SCHEMES: Readonly<Record<string, StoreKind>> = {
  file: "file",
  s3: "s3",
  s3a: "s3",
  s3n: "s3",
  az: "azure",
  azure: "azure",
  abfs: "azure",
  abfss: "azure",
  gs: "gcs",
  gcs: "gcs",
};

/** Whether a location is a URL of an object store, rather than a path or another URL. */
export function isObjectUrl(location: string | URL): boolean {
  const scheme = schemeOf(String(location));
  return scheme !== null && scheme !== "file" && Object.hasOwn(SCHEMES, scheme);
}

/** Whether a location is to be read over the network: the URL of an object, or of the web. */
export function isRemoteUrl(location: string | URL): boolean {
  return isObjectUrl(location) || /^https?:\/\//i.test(String(location));
}

/**
 * The place that a path or a URL names.
 *
 * @throws {TypeError} When it names none.
 */
export function placeOf(location: string | URL): StorePlace {
  const text = String(location);
  const scheme = schemeOf(text);
  if (scheme === null) return { kind: "file", bucket: "", path: text };
  const kind = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (kind === undefined) {
    throw new TypeError(`Cannot open ${text}: ${scheme}: URLs are not supported`);
  }
  if (kind === "file") return { kind, bucket: "", path: text };
  const [, authority = "", rest = ""] = /^[^:]+:\/\/([^/]*)\/?(.*)$/s.exec(text) ?? [];
  const [bucket = "", host] = kind === "azure" ? authority.split("@") : [authority];
  if (bucket === "") throw new TypeError(`Cannot open ${text}: it has no bucket name`);
  const path = rest.replace(/\/+$/, "");
  // A text is taken as it stands, as the stores' own tools do it: keys may have "?", "#" and "%". A URL has them encoded.
  return { kind, bucket, host, path: location instanceof URL ? decodeURIComponent(path) : path };
}

/**
 * The place of an object.
 *
 * @throws {TypeError} When the location names none.
 */
export function objectPlaceOf(location: string | URL): StorePlace {
  const place = placeOf(location);
  if (place.path !== "" && !/[/\\]$/.test(String(location))) return place;
  throw new TypeError(`Cannot use ${location}: it has no object name`);
}

/** The scheme of a URL; `null`: a path. One letter is a drive of Windows. */
function schemeOf(text: string): string | null {
  return /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase() ?? null;
}
