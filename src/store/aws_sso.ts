/**
 * Credentials of IAM Identity Center, by the token that `aws sso login` has left.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html
 *
 * @module
 */

import { readTextFile, replaceTextFile } from "../runtime/directory.ts";
import { environmentVariable } from "../runtime/environment.ts";
import { ask, dnsSuffix, jsonOf } from "./aws_endpoints.ts";
import { awsFolder, type Section, type Sections } from "./aws_profile.ts";
import { type AwsCredentials, canonicalQuery, hex } from "./sigv4.ts";

/** A token is made anew so long before it ends, where it can be. */
const EARLY_MS = 15 * 60_000;

/** What the AWS tools keep of a login, as far as it is used. */
interface CachedToken {
  readonly accessToken: string;
  readonly expiresAt: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly refreshToken?: string;
}

/**
 * Credentials of a profile with `sso_…`; `null`: it has no such settings.
 *
 * @param name Of the profile, for messages.
 * @throws {TypeError} When settings are missing, or there is no token that holds.
 */
export async function ssoCredentials(
  profile: Section,
  sections: Sections,
  name: string,
): Promise<AwsCredentials | null> {
  const { sso_session: session, sso_account_id: account, sso_role_name: role } = profile;
  if (session === undefined && profile["sso_start_url"] === undefined) return null;
  const feature = `Cannot use the AWS profile ${JSON.stringify(name)}`;
  const login = session === undefined ? profile : sections.get(`sso-session ${session}`) ?? {};
  const { sso_start_url: startUrl, sso_region: region } = login;
  const needed = {
    sso_start_url: startUrl,
    sso_region: region,
    sso_account_id: account,
    sso_role_name: role,
  };
  const missing = Object.entries(needed).find(([, value]) => value === undefined);
  if (missing !== undefined) throw new TypeError(`${feature}: it has no ${missing[0]}`);
  const again = new TypeError(
    `${feature}: not logged in, or the login has expired; run aws sso login --profile ${name}`,
  );
  const path = `${awsFolder()}/sso/cache/${await sha1(session ?? startUrl!)}.json`;
  const token = await tokenOf(path, region!);
  if (token === null) throw again;
  const query = canonicalQuery(Object.entries({ role_name: role!, account_id: account! }));
  const base = endpoint("SSO", "portal.sso", region!);
  const reply = await ask("IAM Identity Center", () => ({
    method: "GET",
    url: `${base}/federation/credentials?${query}`,
    headers: { "x-amz-sso_bearer_token": token },
  }), [401]);
  if (reply.status === 401) throw again;
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = Object(
    jsonOf(reply)["roleCredentials"],
  );
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string") {
    throw new TypeError(`${feature}: the answer for the role has no credentials`);
  }
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiration: typeof expiration === "number" ? new Date(expiration) : undefined,
  };
}

/** The token of a login, made anew where it ends soon and may be; `null`: there is none that holds. */
async function tokenOf(path: string, region: string): Promise<string | null> {
  let cached: CachedToken;
  try {
    cached = Object(JSON.parse(await readTextFile(path) ?? "{}"));
  } catch {
    return null;
  }
  if (typeof cached.accessToken !== "string") return null;
  // Older command lines of AWS end it in "UTC".
  const left = Date.parse(String(cached.expiresAt).replace(/UTC$/, "Z")) - Date.now();
  if (left > EARLY_MS) return cached.accessToken;
  const fresh = await refreshed(cached, region);
  if (fresh === null) return left > 0 ? cached.accessToken : null;
  // The token to ask with may be another one from now on, and the AWS tools go on with it. Where that cannot be written, only they lose.
  await replaceTextFile(path, JSON.stringify(fresh)).catch(() => {});
  return fresh.accessToken;
}

/** `null`: the token cannot be made anew. */
async function refreshed(cached: CachedToken, region: string): Promise<CachedToken | null> {
  const { clientId, clientSecret, refreshToken } = cached;
  if (clientId === undefined || clientSecret === undefined || refreshToken === undefined) {
    return null;
  }
  const body = new TextEncoder().encode(
    JSON.stringify({ clientId, clientSecret, refreshToken, grantType: "refresh_token" }),
  );
  const reply = await ask("IAM Identity Center", () => ({
    method: "POST",
    url: `${endpoint("SSO_OIDC", "oidc", region)}/token`,
    headers: { "content-type": "application/json" },
    body,
  }), [400, 401]);
  const { accessToken, expiresIn, refreshToken: next } = jsonOf(reply);
  if (reply.status !== 200 || typeof accessToken !== "string") return null;
  const expiresAt = new Date(Date.now() + Number(expiresIn) * 1000).toISOString();
  return {
    ...cached,
    accessToken,
    expiresAt: expiresAt.replace(/\.\d+Z$/, "Z"),
    ...(typeof next === "string" && { refreshToken: next }),
  };
}

function endpoint(service: string, host: string, region: string): string {
  const named = environmentVariable(`AWS_ENDPOINT_URL_${service}`) ??
    environmentVariable("AWS_ENDPOINT_URL");
  return named?.replace(/\/+$/, "") ?? `https://${host}.${region}.${dnsSuffix(region)}`;
}

async function sha1(text: string): Promise<string> {
  return hex(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text)));
}
