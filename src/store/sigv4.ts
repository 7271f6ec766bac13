/**
 * AWS Signature Version 4.
 *
 * A hundred lines of our own on WebCrypto rather than `aws4fetch`: that signs S3 requests without their bodies, and the hash of the body
 * is what makes every S3 server, whichever checksums it knows, refuse bytes that changed on their way; and this package stays without
 * dependencies. AWS's published test vectors are in `tests/store/sigv4_test.ts`.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 *
 * @module
 */

import { sha256 as digest } from "../runtime/sha256.ts";

/** Who signs. */
export interface AwsCredentials {
  /** Id of the key; not a secret. */
  readonly accessKeyId: string;
  /** The secret that requests are signed with. It is not sent. */
  readonly secretAccessKey: string;
  /** Token of temporary credentials. */
  readonly sessionToken?: string | undefined;
  /** Time of expiry; they are requested again some minutes before. */
  readonly expiration?: Date | undefined;
}

/** What is signed. */
export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  /** Headers to be sent, by lower-case names; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hexadecimal, or what stands for it. */
  readonly payloadHash: string;
}

/** Where and when it is signed. */
export interface SigningScope {
  readonly region: string;
  readonly service: string;
  readonly date: Date;
}

const utf8 = new TextEncoder();
const ALGORITHM = "AWS4-HMAC-SHA256";

/** SHA-256 of no bytes. */
export const EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const data = typeof bytes === "string" ? utf8.encode(bytes) : bytes;
  return data.length === 0 ? EMPTY_HASH : hex(await digest(data));
}

/**
 * Signs a request.
 *
 * @returns The headers to send: those given, `x-amz-date`, `x-amz-security-token` and `authorization`. `host` is left to `fetch`.
 */
export async function signRequest(
  { method, url, headers, payloadHash }: SignableRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { region, service, date }: SigningScope,
): Promise<Record<string, string>> {
  const timestamp = date.toISOString().replace(/[-:]|\.\d+/g, "");
  const day = timestamp.slice(0, 8);
  const sent: Record<string, string> = {
    ...headers,
    "x-amz-date": timestamp,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const signed = Object.entries({ ...sent, host: url.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/\s+/g, " ")] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(";");
  const canonical = [
    method,
    url.pathname,
    canonicalQuery(url.searchParams),
    ...signed.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    payloadHash,
  ].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = [ALGORITHM, timestamp, scope, await sha256(canonical)].join("\n");
  const key = await signingKey(secretAccessKey, day, region, service);
  const signature = hex(await hmac(key, text));
  sent["authorization"] =
    `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return sent;
}

/** Encodes as RFC 3986 has it: everything but letters, digits, `-._~`. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Encodes a key as a path: its slashes stay. */
export function encodePath(key: string): string {
  return key.split("/").map(encodeStrictly).join("/");
}

/** A query in the one order and form that is signed. */
export function canonicalQuery(query: Iterable<readonly [string, string]>): string {
  return [...query]
    .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1))
    .map((pair) => pair.join("="))
    .join("&");
}

/** The key of one day, from the last time: deriving it takes four calls of the system's cryptography. */
let lastKey: { readonly of: string; readonly key: Promise<ArrayBuffer> } | null = null;

function signingKey(
  secret: string,
  day: string,
  region: string,
  service: string,
): Promise<ArrayBuffer> {
  const of = [secret, day, region, service].join("\n");
  if (lastKey?.of === of) return lastKey.key;
  const key = (async () => {
    let key: Uint8Array<ArrayBuffer> | ArrayBuffer = utf8.encode(`AWS4${secret}`);
    for (const part of [day, region, service, "aws4_request"]) key = await hmac(key, part);
    return key as ArrayBuffer;
  })();
  lastKey = { of, key };
  return key;
}

/** HMAC with SHA-256. */
export async function hmac(
  key: Uint8Array<ArrayBuffer> | ArrayBuffer,
  text: string,
): Promise<ArrayBuffer> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return await crypto.subtle.sign("HMAC", imported, utf8.encode(text));
}

/** Bytes as lower-case hexadecimal digits. */
export function hex(buffer: ArrayBuffer | Uint8Array): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
