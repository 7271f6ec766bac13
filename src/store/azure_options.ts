/**
 * What an Azure store is told, and what the environment says where it is not.
 *
 * @module
 */

import { environmentVariable } from "../runtime/environment.ts";
import type { RetryOptions } from "./retry.ts";
import type { StoreSinkOptions } from "./store.ts";
import { checkedEndpoint } from "./endpoint.ts";
import type { TokenOption } from "./token.ts";
import type { UploadOptions } from "./upload_sink.ts";

/**
 * How to reach a container. Of `accountKey`, `sasToken` and `token`, the first one that is set counts. Options take precedence over the
 * environment.
 */
export interface AzureOptions extends RetryOptions, UploadOptions {
  /** Name of the account. Default `AZURE_STORAGE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME`, the connection string's. */
  readonly account?: string | undefined;
  /** Key of the account, in base64. Default `AZURE_STORAGE_KEY`, `AZURE_STORAGE_ACCOUNT_KEY`, the connection string's. */
  readonly accountKey?: string | undefined;
  /** Shared access signature, with or without `?`. Default `AZURE_STORAGE_SAS_TOKEN`, the connection string's. */
  readonly sasToken?: string | undefined;
  /** Token of Microsoft Entra for `https://storage.azure.com/`, or a function that returns one. Default `AZURE_STORAGE_TOKEN`. */
  readonly token?: TokenOption | undefined;
  /** Default `AZURE_STORAGE_CONNECTION_STRING`. */
  readonly connectionString?: string | undefined;
  /** Base URL of the account. Default `AZURE_STORAGE_SERVICE_ENDPOINT`, the connection string's, `https://ACCOUNT.blob.core.windows.net`. */
  readonly endpoint?: string | URL | undefined;
  /** Access tier of the blob, such as `"Cool"`. Default: that of the account. */
  readonly accessTier?: string | undefined;
  /** Encryption scope of the blob. Default: that of the container. */
  readonly encryptionScope?: string | undefined;
  /** Index tags of the blob. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** `Cache-Control` of the blob. */
  readonly cacheControl?: string | undefined;
}

/** A blob, and how to write it. */
export interface AzureSinkOptions extends AzureOptions, StoreSinkOptions {
  /**
   * `az://container/key`, `abfss://container@account.dfs.core.windows.net/key` or `https://account.blob.core.windows.net/container/key`
   * (with a shared access signature, if there is one), in place of `container` and `key`.
   */
  readonly url?: string | URL | undefined;
  /** Name of the container. */
  readonly container?: string | undefined;
  /** Name of the blob. */
  readonly key?: string | undefined;
}

/** Names of {@linkcode AzureOptions}. */
export const AZURE_OPTION_NAMES: readonly (keyof AzureOptions)[] = [
  "account",
  "accountKey",
  "sasToken",
  "token",
  "connectionString",
  "endpoint",
  "accessTier",
  "encryptionScope",
  "tags",
  "cacheControl",
  "maxAttempts",
  "requestTimeoutMs",
  "partSize",
  "concurrency",
];

/** What requests are made with. */
export interface AzureAccess {
  readonly account: string;
  /** Base URL of the account, without a slash at the end. */
  readonly base: string;
  readonly accountKey: string | undefined;
  readonly sasToken: string | undefined;
  readonly token: TokenOption | undefined;
}

/** The account of the emulator, which everybody may know. */
const EMULATOR = {
  AccountName: "devstoreaccount1",
  AccountKey:
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
  BlobEndpoint: "http://127.0.0.1:10000/devstoreaccount1",
};

/** Who and where, from options and the environment. */
export function resolveAzureAccess(options: AzureOptions): AzureAccess {
  const text = options.connectionString ?? environmentVariable("AZURE_STORAGE_CONNECTION_STRING");
  const connection = text === undefined ? {} : parseConnectionString(text);
  const account = options.account ?? connection["AccountName"] ??
    environmentVariable("AZURE_STORAGE_ACCOUNT") ??
    environmentVariable("AZURE_STORAGE_ACCOUNT_NAME");
  const endpoint = options.endpoint ?? connection["BlobEndpoint"] ??
    environmentVariable("AZURE_STORAGE_SERVICE_ENDPOINT");
  if (account === undefined && endpoint === undefined) {
    throw new TypeError("Cannot open the container: set AZURE_STORAGE_ACCOUNT, or pass account");
  }
  if (account !== undefined && !/^[a-z0-9-]{3,63}$/.test(account)) {
    throw new TypeError(
      `Cannot use the account ${JSON.stringify(account)}: it is not a valid account name`,
    );
  }
  const protocol = connection["DefaultEndpointsProtocol"] ?? "https";
  const suffix = connection["EndpointSuffix"] ?? "core.windows.net";
  const url = checkedEndpoint(String(endpoint ?? `${protocol}://${account}.blob.${suffix}`));
  // What options say goes before all that the environment says.
  const isSaid = [options.accountKey, options.sasToken, options.token].some((o) => o !== undefined);
  const own = isSaid ? options : {
    accountKey: connection["AccountKey"] ?? environmentVariable("AZURE_STORAGE_KEY") ??
      environmentVariable("AZURE_STORAGE_ACCOUNT_KEY"),
    sasToken: connection["SharedAccessSignature"] ?? environmentVariable("AZURE_STORAGE_SAS_TOKEN"),
    token: environmentVariable("AZURE_STORAGE_TOKEN"),
  };
  return {
    account: account ?? url.hostname.split(".")[0]!,
    base: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`,
    accountKey: own.accountKey,
    sasToken: own.sasToken?.replace(/^\?/, ""),
    token: own.token,
  };
}

/** Settings of a connection string. */
function parseConnectionString(text: string): Readonly<Record<string, string>> {
  if (/UseDevelopmentStorage=true/i.test(text)) return EMULATOR;
  const settings: Record<string, string> = Object.create(null);
  for (const part of text.split(";")) {
    const at = part.indexOf("=");
    if (at > 0) settings[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  return settings;
}

/** The account of `account.dfs.core.windows.net`, or of a name alone. */
export function accountOfHost(host: string): AzureOptions {
  const account = host.split(".")[0]!;
  return host.includes(".")
    ? { account, endpoint: `https://${host.replace(".dfs.", ".blob.")}` }
    : { account };
}

/** What the address of a blob says: `https://account.blob.core.windows.net/container/key?sas`; `null`: it is none. */
export function readBlobAddress(
  location: string | URL,
): { readonly container: string; readonly key: string; readonly options: AzureOptions } | null {
  if (!/^https?:\/\/[^/]+\.blob\.[^/]+\//i.test(String(location))) return null;
  const url = new URL(location);
  const [container = "", ...rest] = url.pathname.slice(1).split("/");
  return {
    container,
    key: decodeURIComponent(rest.join("/")),
    options: {
      ...accountOfHost(url.hostname),
      ...(url.searchParams.has("sig") ? { sasToken: url.search.slice(1) } : {}),
    },
  };
}
