/**
 * Where AWS credentials come from.
 *
 * @module
 */

import { environmentVariable } from "../runtime/environment.ts";
import { assumeRole, containerCredentials, instanceCredentials } from "./aws_endpoints.ts";
import { processCredentials } from "./aws_process.ts";
import { endpointOf, profileName, readSections, type Sections } from "./aws_profile.ts";
import type { AwsCredentials } from "./sigv4.ts";
import { ssoCredentials } from "./aws_sso.ts";

/** Credentials, a function that returns them (called whenever they are needed), or `"anonymous"`: requests are not signed. */
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
  #read: Promise<Sections> | null = null;

  /** Nothing is looked for yet. */
  constructor({ credentials }: { readonly credentials?: AwsCredentialsOption | undefined }) {
    if (typeof credentials === "object") checkCredentials(credentials);
    this.#option = credentials;
  }

  /** Whether requests are not signed. */
  get isAnonymous(): boolean {
    return this.#option === "anonymous";
  }

  /** What the profile that the environment names says beside credentials. */
  async profile(): Promise<AwsProfile> {
    const sections = await this.#sections();
    const name = profileName();
    return { region: sections.get(name)?.["region"], endpoint: endpointOf(sections, name) };
  }

  #sections(): Promise<Sections> {
    return this.#read ??= readSections();
  }

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

  /** In the order that the documentation gives. */
  async #fromEnvironment(): Promise<AwsCredentials> {
    const region = environmentVariable("AWS_REGION") ?? environmentVariable("AWS_DEFAULT_REGION") ??
      (await this.profile()).region ?? "us-east-1";
    const tokenFile = environmentVariable("AWS_WEB_IDENTITY_TOKEN_FILE");
    const arn = environmentVariable("AWS_ROLE_ARN");
    const found = variableCredentials() ??
      await profileCredentials(await this.#sections(), profileName(), region) ??
      (tokenFile === undefined || arn === undefined ? null : await assumeRole({
        arn,
        tokenFile,
        region,
        session: environmentVariable("AWS_ROLE_SESSION_NAME"),
      })) ??
      await containerCredentials() ??
      await instanceCredentials();
    if (found !== null) return found;
    throw new TypeError(
      "Cannot find AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, or pass " +
        'credentials ("anonymous" for public buckets)',
    );
  }

  async #ask(): Promise<AwsCredentials> {
    const found = typeof this.#option === "function"
      ? await this.#option()
      : this.#option as AwsCredentials | undefined ??
        await this.#fromEnvironment();
    checkCredentials(found);
    this.#expiresAt = found.expiration?.getTime() ?? Infinity;
    return found;
  }
}

/** A profile's credentials, those of its role where it has one; `null`: it has none. */
async function profileCredentials(
  sections: Sections,
  name: string,
  region: string,
  above: readonly string[] = [],
): Promise<AwsCredentials | null> {
  const profile = sections.get(name);
  if (profile === undefined) {
    // That of the name "default" need not be there.
    if (name === "default") return null;
    throw new TypeError(`Cannot find AWS credentials: there is no profile ${JSON.stringify(name)}`);
  }
  const {
    aws_access_key_id: accessKeyId,
    aws_secret_access_key: secretAccessKey,
    aws_session_token: sessionToken,
    role_arn: arn,
    source_profile: source,
    credential_source: sourceKind,
    web_identity_token_file: tokenFile,
    credential_process: line,
  } = profile;
  // A profile may name itself as the source of its role.
  if (arn !== undefined && above.at(-1) !== name) {
    if (above.includes(name)) {
      throw new TypeError(
        `Cannot find AWS credentials: profile ${JSON.stringify(name)} refers to itself`,
      );
    }
    const role = {
      arn,
      session: profile["role_session_name"],
      region: profile["region"] ?? region,
      externalId: profile["external_id"],
      durationSeconds: profile["duration_seconds"],
    };
    if (tokenFile !== undefined) return await assumeRole({ ...role, tokenFile });
    const found = source !== undefined
      ? await profileCredentials(sections, source, region, [...above, name])
      : await sourceCredentials(sourceKind);
    if (found !== null) return await assumeRole({ ...role, source: found });
  }
  const ofLogin = await ssoCredentials(profile, sections, name);
  if (ofLogin !== null) return ofLogin;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, sessionToken };
  }
  if (line !== undefined) return await processCredentials(line, name);
  if (profile["login_session"] === undefined) return null;
  throw new TypeError(
    `Cannot use the AWS profile ${
      JSON.stringify(name)
    }: login_session is not supported; pass a function as credentials, ` +
      `or set the variables that \`aws configure export-credentials --format env\` prints`,
  );
}

/** Credentials of what a profile names as `credential_source`. */
async function sourceCredentials(kind: string | undefined): Promise<AwsCredentials | null> {
  switch (kind) {
    case "Environment":
      return variableCredentials();
    case "EcsContainer":
      return await containerCredentials();
    case "Ec2InstanceMetadata":
      return await instanceCredentials();
    default:
      return null;
  }
}

/** Checks credentials, without telling them. */
function checkCredentials(given: AwsCredentials): void {
  const { accessKeyId, secretAccessKey, sessionToken } = Object(given) as Partial<AwsCredentials>;
  const isText = (value: unknown) => typeof value === "string" && value !== "";
  if (!isText(accessKeyId) || !isText(secretAccessKey)) {
    throw new TypeError(
      "Cannot use the credentials: accessKeyId and secretAccessKey must be strings",
    );
  }
  if (sessionToken !== undefined && typeof sessionToken !== "string") {
    throw new TypeError("Cannot use the credentials: sessionToken must be a string");
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
