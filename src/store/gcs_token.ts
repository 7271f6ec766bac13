/**
 * Tokens of Google from the environment.
 *
 * @see https://cloud.google.com/docs/authentication/application-default-credentials
 *
 * @module
 */

import { decodeBase64 } from "../runtime/base64.ts";
import { readTextFile } from "../runtime/directory.ts";
import { environmentVariable } from "../runtime/environment.ts";
import { encodeBase64 } from "../util/base64.ts";
import { StoreError } from "../util/errors.ts";
import { type HttpReply, LostReply, type RetryOptions, sendPatiently } from "./retry.ts";
import { canonicalQuery } from "./sigv4.ts";

const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
const TOKEN_URL = "https://oauth2.googleapis.com/token";
const METADATA_HOST = "metadata.google.internal";
/** Elsewhere than on Google's machines nobody answers: that has to be found out soon. */
const METADATA_LIMITS = { maxAttempts: 2, requestTimeoutMs: 1000 };
const utf8 = new TextEncoder();

/** A file of credentials. */
type CredentialsFile = Readonly<Record<string, unknown>>;

/** A token of the environment. */
export async function environmentToken(): Promise<string> {
  const variable = environmentVariable("GOOGLE_OAUTH_ACCESS_TOKEN") ??
    environmentVariable("CLOUDSDK_AUTH_ACCESS_TOKEN");
  if (variable !== undefined) return variable;
  const file = await credentialsFile();
  if (file !== null) return await tokenOfFile(file);
  const token = await metadataToken();
  if (token !== null) return token;
  throw new TypeError(
    "Cannot find Google credentials: set GOOGLE_APPLICATION_CREDENTIALS, or pass token " +
      '("anonymous" for public buckets)',
  );
}

async function credentialsFile(): Promise<CredentialsFile | null> {
  const named = environmentVariable("GOOGLE_APPLICATION_CREDENTIALS");
  const home = environmentVariable("HOME");
  const gcloud = environmentVariable("CLOUDSDK_CONFIG") ??
    (home === undefined ? undefined : `${home}/.config/gcloud`);
  const path = named ?? (gcloud && `${gcloud}/application_default_credentials.json`);
  if (path === undefined) return null;
  const text = await readTextFile(path);
  if (text === undefined) {
    if (named === undefined) return null;
    throw new TypeError("Cannot read the file of GOOGLE_APPLICATION_CREDENTIALS");
  }
  try {
    return Object(JSON.parse(text));
  } catch {
    // Its text is not repeated.
    throw new TypeError(`Cannot use the Google credentials in ${path}: they are not JSON`);
  }
}

async function tokenOfFile(file: CredentialsFile): Promise<string> {
  const member = (name: string) => {
    const value = file[name];
    if (typeof value === "string" && value !== "") return value;
    throw new TypeError(`Cannot use the Google credentials: they have no ${name}`);
  };
  switch (file["type"]) {
    case "service_account":
      return await exchange({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: await signedClaim(member("client_email"), member("private_key")),
      });
    case "authorized_user":
      return await exchange({
        grant_type: "refresh_token",
        client_id: member("client_id"),
        client_secret: member("client_secret"),
        refresh_token: member("refresh_token"),
      });
    default:
      throw new TypeError(
        `Cannot use the Google credentials: their type ${
          JSON.stringify(file["type"])
        } is not supported; pass a function as token`,
      );
  }
}

/** What a service account says of itself, signed with its key. */
async function signedClaim(issuer: string, pem: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claim = { iss: issuer, scope: SCOPE, aud: TOKEN_URL, iat: now, exp: now + 3600 };
  const parts = [{ alg: "RS256", typ: "JWT" }, claim]
    .map((part) => base64Url(utf8.encode(JSON.stringify(part))));
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const der = decodeBase64(pem.replace(/-----[^-]+-----|\s/g, ""));
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
  } catch {
    throw new TypeError("Cannot use the Google credentials: their private_key is not a valid key");
  }
  const signature = await crypto.subtle.sign(algorithm.name, key, utf8.encode(parts.join(".")));
  return [...parts, base64Url(new Uint8Array(signature))].join(".");
}

function base64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

async function exchange(form: Readonly<Record<string, string>>): Promise<string> {
  const reply = await ask({
    method: "POST",
    url: TOKEN_URL,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: utf8.encode(canonicalQuery(Object.entries(form))),
  });
  if (reply === null) throw new StoreError("Cannot get a Google token: the server did not respond");
  return tokenOf(reply);
}

async function metadataToken(): Promise<string | null> {
  const host = environmentVariable("GCE_METADATA_HOST") ?? METADATA_HOST;
  const path = "computeMetadata/v1/instance/service-accounts/default/token";
  const reply = await ask({
    method: "GET",
    url: `http://${host}/${path}`,
    headers: { "metadata-flavor": "Google" },
  }, METADATA_LIMITS);
  return reply === null || reply.status !== 200 ? null : tokenOf(reply);
}

async function ask(
  request: Parameters<typeof sendPatiently>[0] extends (n: number) => infer R ? Awaited<R> : never,
  limits: RetryOptions = { maxAttempts: 4, requestTimeoutMs: 10_000 },
): Promise<HttpReply | null> {
  try {
    return await sendPatiently(() => request, () => "done", limits);
  } catch (error) {
    if (error instanceof LostReply) return null;
    throw error;
  }
}

function tokenOf({ status, body }: HttpReply): string {
  let answer: Readonly<Record<string, unknown>> = {};
  try {
    answer = Object(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    // Then it has no token.
  }
  const { access_token: token, error } = answer;
  if (status === 200 && typeof token === "string") return token;
  const reason = typeof error === "string" ? error : `the answer was ${status}`;
  throw new StoreError(`Cannot get a Google token: ${reason}`, { status });
}
