/**
 * Where AWS credentials come from.
 *
 * @module
 */

import { environmentVariable } from "../runtime/environment.ts";
import type { AwsCredentials } from "./sigv4.ts";

/** Credentials, a function that gives them, as often as it is asked, or `"anonymous"`: requests are not signed. */
export type AwsCredentialsOption =
  | AwsCredentials
  | (() => AwsCredentials | PromiseLike<AwsCredentials>)
  | "anonymous";

/** What a profile of the AWS tools says beside credentials. */
export interface AwsProfile {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}

/** Credentials are asked for anew this long before they end. */
const EARLY_MS = 5 * 60_000;

/** Credentials, kept while they hold. */
export class AwsCredentialSource {
  readonly #option: AwsCredentialsOption | undefined;
  #kept: Promise<AwsCredentials> | null = null;
  #expiresAt = Infinity;
  #forgotten = false;

  /** Nothing is looked for yet. */
  constructor({ credentials }: { readonly credentials?: AwsCredentialsOption | undefined }) {
    if (typeof credentials === "object") checkCredentials(credentials);
    this.#option = credentials;
  }

  /** Whether requests are not signed. */
  get isAnonymous(): boolean {
    return this.#option === "anonymous";
  }

  /** The profile that the environment names. */
  readonly profile = (): Promise<AwsProfile> => Promise.resolve({});

  /** The credentials; `null`: requests are not to be signed. */
  async get(): Promise<AwsCredentials | null> {
    if (this.#option === "anonymous") return null;
    if (Date.now() > this.#expiresAt - EARLY_MS) this.#kept = null;
    const kept = this.#kept ??= this.#ask();
    try {
      return await kept;
    } catch (error) {
      if (this.#kept === kept) this.#kept = null;
      throw error;
    }
  }

  /** Forgets credentials that the server says have ended. Whether there may be others. */
  forget(): boolean {
    if (this.#forgotten || typeof this.#option === "object") return false;
    this.#kept = null;
    return this.#forgotten = true;
  }

  async #ask(): Promise<AwsCredentials> {
    const found = typeof this.#option === "function"
      ? await this.#option()
      : this.#option as AwsCredentials | undefined ?? variableCredentials();
    if (found === null) {
      throw new TypeError(
        "Cannot find AWS credentials: pass credentials, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
      );
    }
    checkCredentials(found);
    this.#expiresAt = found.expiration?.getTime() ?? Infinity;
    return found;
  }
}

/** Checks credentials, without telling them. */
function checkCredentials(given: AwsCredentials): void {
  const { accessKeyId, secretAccessKey, sessionToken } = Object(given) as Partial<AwsCredentials>;
  const isText = (value: unknown) => typeof value === "string" && value !== "";
  if (!isText(accessKeyId) || !isText(secretAccessKey)) {
    throw new TypeError("Cannot use the credentials: accessKeyId and secretAccessKey are texts");
  }
  if (sessionToken !== undefined && typeof sessionToken !== "string") {
    throw new TypeError("Cannot use the credentials: sessionToken is a text");
  }
}

/** Credentials of the environment's variables. */
export function variableCredentials(): AwsCredentials | null {
  const accessKeyId = environmentVariable("AWS_ACCESS_KEY_ID");
  const secretAccessKey = environmentVariable("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId === undefined || secretAccessKey === undefined) return null;
  const sessionToken = environmentVariable("AWS_SESSION_TOKEN");
  return { accessKeyId, secretAccessKey, sessionToken };
}
