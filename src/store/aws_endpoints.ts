/**
 * Credentials from services: the security token service, the container's endpoint, the instance's.
 *
 * @module
 */

import { readTextFile } from "../runtime/directory.ts";
import { environmentVariable } from "../runtime/environment.ts";
import { StoreError } from "../util/errors.ts";
import { type HttpReply, LostReply, sendPatiently } from "./retry.ts";
import { type AwsCredentials, canonicalQuery, sha256, signRequest } from "./sigv4.ts";
import { textOf } from "./xml.ts";

/** Where containers of ECS ask. */
const CONTAINER_HOST = "http://169.254.170.2";
/** Hosts that a container's token may be sent to without encryption: this machine, ECS, EKS. */
const LOCAL_HOST =
  /^(?:localhost|127(?:\.\d+){3}|\[::1\]|169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\])$/;
const INSTANCE_HOST = "http://169.254.169.254";
/** Elsewhere than on AWS, nobody answers: that has to be found out soon. */
const INSTANCE_TIMEOUT_MS = 1000;

/** A role to be taken on. */
export interface Role {
  readonly arn: string;
  readonly session: string | undefined;
  readonly region: string;
  /** Of a web identity. */
  readonly tokenFile?: string | undefined;
  /** Whose credentials take it on otherwise. */
  readonly source?: AwsCredentials | undefined;
  readonly externalId?: string | undefined;
  readonly durationSeconds?: string | undefined;
}

/** Takes a role on, with a web identity's token or other credentials. */
export async function assumeRole(role: Role): Promise<AwsCredentials> {
  const { arn, session = `parquet-ext-${Date.now()}`, region, tokenFile, source } = role;
  const query: Record<string, string> = {
    Version: "2011-06-15",
    RoleArn: arn,
    RoleSessionName: session,
    ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
    ...(role.durationSeconds === undefined ? {} : { DurationSeconds: role.durationSeconds }),
  };
  if (tokenFile !== undefined) {
    const token = await readTextFile(tokenFile);
    if (token === undefined) {
      throw new TypeError(`Cannot get AWS credentials: the token file ${tokenFile} cannot be read`);
    }
    query["Action"] = "AssumeRoleWithWebIdentity";
    query["WebIdentityToken"] = token.trim();
  } else query["Action"] = "AssumeRole";
  const url = new URL(
    environmentVariable("AWS_ENDPOINT_URL_STS") ?? environmentVariable("AWS_ENDPOINT_URL") ??
      `https://sts.${region}.${dnsSuffix(region)}`,
  );
  const body = new TextEncoder().encode(canonicalQuery(Object.entries(query)));
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const reply = await ask(
    "the security token service",
    async () => ({
      method: "POST",
      url: url.href,
      body,
      headers: source === undefined ? headers : await signRequest(
        { method: "POST", url, headers, payloadHash: await sha256(body) },
        source,
        { region, service: "sts", date: new Date() },
      ),
    }),
  );
  const text = new TextDecoder().decode(reply.body);
  return fromAnswer({
    AccessKeyId: textOf(text, "AccessKeyId"),
    SecretAccessKey: textOf(text, "SecretAccessKey"),
    Token: textOf(text, "SessionToken"),
    Expiration: textOf(text, "Expiration"),
  }, "the security token service");
}

/** What names of AWS's hosts end in. */
export function dnsSuffix(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

/** Credentials of a container of ECS or EKS; `null`: this is none. */
export async function containerCredentials(): Promise<AwsCredentials | null> {
  const relative = environmentVariable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const full = environmentVariable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative === undefined && full === undefined) return null;
  const url = new URL(relative === undefined ? full! : `${CONTAINER_HOST}${relative}`);
  if (url.protocol !== "https:" && !LOCAL_HOST.test(url.hostname)) {
    throw new TypeError(
      "Cannot get AWS credentials: AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https: nor a local address",
    );
  }
  const file = environmentVariable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  const token = file === undefined
    ? environmentVariable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    : (await readTextFile(file))?.trim();
  const headers: Readonly<Record<string, string>> = token === undefined
    ? {}
    : { authorization: token };
  const reply = await ask("the container's endpoint", () => ({
    method: "GET",
    url: url.href,
    headers,
  }));
  return fromAnswer(jsonOf(reply), "the container's endpoint");
}

/** Credentials of an instance of EC2; `null`: this is none, or has no role. */
export async function instanceCredentials(): Promise<AwsCredentials | null> {
  if (environmentVariable("AWS_EC2_METADATA_DISABLED")?.toLowerCase() === "true") return null;
  const host = (environmentVariable("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? INSTANCE_HOST)
    .replace(/\/+$/, "");
  const limits = { maxAttempts: 2, requestTimeoutMs: INSTANCE_TIMEOUT_MS };
  const send = (method: string, path: string, headers: Record<string, string>) =>
    sendPatiently(
      () => ({ method, url: `${host}/latest/${path}`, headers }),
      () => "done",
      limits,
    );
  try {
    const token = await send("PUT", "api/token", {
      "x-aws-ec2-metadata-token-ttl-seconds": "21600",
    });
    if (token.status !== 200) return null;
    const headers = { "x-aws-ec2-metadata-token": new TextDecoder().decode(token.body) };
    const path = "meta-data/iam/security-credentials/";
    const roles = await send("GET", path, headers);
    const [role] = roles.status === 200 ? new TextDecoder().decode(roles.body).split("\n") : [];
    if (role === undefined || role === "") return null;
    const reply = await send("GET", path + role.trim(), headers);
    return reply.status === 200 ? fromAnswer(jsonOf(reply), "the instance's endpoint") : null;
  } catch (error) {
    if (error instanceof LostReply) return null;
    throw error;
  }
}

/**
 * Asks a service for credentials.
 *
 * @param expected Statuses beside 200 that are answers, too.
 * @throws {StoreError} When there is no answer, or it is another one.
 */
export async function ask(
  who: string,
  make: Parameters<typeof sendPatiently>[0],
  expected: readonly number[] = [],
): Promise<HttpReply> {
  let reply: HttpReply;
  try {
    reply = await sendPatiently(make, () => "done", { maxAttempts: 4, requestTimeoutMs: 10_000 });
  } catch (error) {
    if (!(error instanceof LostReply)) throw error;
    throw new StoreError(`Cannot get AWS credentials from ${who}: ${error.message}`, {
      cause: error,
    });
  }
  if (reply.status === 200 || expected.includes(reply.status)) return reply;
  const text = new TextDecoder().decode(reply.body);
  const code = textOf(text, "Code");
  throw new StoreError(
    `Cannot get AWS credentials from ${who}: ${code ?? `it answered ${reply.status}`}`,
    { status: reply.status, code },
  );
}

/** The members of an answer; none where it is no JSON. */
export function jsonOf({ body }: HttpReply): Record<string, unknown> {
  try {
    return Object(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return {};
  }
}

function fromAnswer(answer: Readonly<Record<string, unknown>>, who: string): AwsCredentials {
  const credentials = credentialsOf(answer, answer["Token"]);
  if (credentials !== null) return credentials;
  throw new StoreError(`Cannot get AWS credentials from ${who}: the response has none`);
}

/** Credentials as AWS spells them, with a session's token, which it has several names for; `null`: there are none. */
export function credentialsOf(
  { AccessKeyId, SecretAccessKey, Expiration }: Readonly<Record<string, unknown>>,
  token: unknown,
): AwsCredentials | null {
  if (typeof AccessKeyId !== "string" || typeof SecretAccessKey !== "string") return null;
  const time = typeof Expiration === "string" ? Date.parse(Expiration) : NaN;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: typeof token === "string" ? token : undefined,
    expiration: Number.isNaN(time) ? undefined : new Date(time),
  };
}
