/** Where AWS credentials come from. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, beforeEach, test } from "node:test";
import { inspect } from "node:util";
import { AwsCredentialSource } from "../../src/store/aws_credentials.ts";
import { splitCommand } from "../../src/store/aws_process.ts";
import { parseSections } from "../../src/store/aws_profile.ts";

const folder = await mkdtemp(join(tmpdir(), "parquet-ext-aws-"));
const before = { ...process.env };
/** What services were asked, and what they answer. */
const asked: { method: string; url: string; body: string; headers: Record<string, unknown> }[] = [];
let answers: Record<string, string> = {};
let statuses: Record<string, number> = {};
const service = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const { method = "", url = "", headers } = request;
  asked.push({ method, url, body, headers });
  const answer = answers[`${method} ${url}`];
  const status = statuses[`${method} ${url}`] ?? (answer === undefined ? 404 : 200);
  response.writeHead(status).end(answer);
});
await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${(service.address() as { port: number }).port}`;
after(async () => {
  service.closeAllConnections();
  service.close();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("AWS_")) delete process.env[name];
  }
  asked.length = 0;
  answers = {};
  statuses = {};
  Object.assign(process.env, {
    AWS_CONFIG_FILE: join(folder, "config"),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL_STS: base,
  });
  await files("", "");
});

async function files(config: string, credentials: string): Promise<void> {
  await writeFile(join(folder, "config"), config);
  await writeFile(join(folder, "credentials"), credentials);
}

const get = () => new AwsCredentialSource({}).get();
const sts = (action: string) =>
  `<${action}Response><Credentials><AccessKeyId>STS</AccessKeyId><SecretAccessKey>s</SecretAccessKey>` +
  `<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></${action}Response>`;

test("variables come first", async () => {
  await files("", "[default]\naws_access_key_id = FILE\naws_secret_access_key = x\n");
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "VARIABLE",
    AWS_SECRET_ACCESS_KEY: "s",
    AWS_SESSION_TOKEN: "t",
  });
  assert.deepEqual(await get(), {
    accessKeyId: "VARIABLE",
    secretAccessKey: "s",
    sessionToken: "t",
  });
});

test("then the profile, with its region and its endpoint", async () => {
  await files(
    "[default]\nregion = us-west-2\n[profile lake]\nregion=eu-north-1 # far\nservices = mine\n" +
      "[services mine]\ns3 =\n  endpoint_url = http://localhost:9000\n",
    "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = d\n" +
      "[lake]\naws_access_key_id = LAKE\naws_secret_access_key = a=b/c+\n",
  );
  assert.equal((await get())?.accessKeyId, "DEFAULT");
  process.env["AWS_PROFILE"] = "lake";
  assert.deepEqual(await get(), {
    accessKeyId: "LAKE",
    secretAccessKey: "a=b/c+",
    sessionToken: undefined,
  });
  assert.deepEqual(await new AwsCredentialSource({}).profile(), {
    region: "eu-north-1",
    endpoint: "http://localhost:9000",
  });
  process.env["AWS_PROFILE"] = "nobody";
  await assert.rejects(get(), /there is no profile "nobody"/);
});

test("a profile's role is taken on with the credentials of its source", async () => {
  await files(
    "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nexternal_id = e\n[profile base]\n",
    "[base]\naws_access_key_id = BASE\naws_secret_access_key = b\n",
  );
  process.env["AWS_PROFILE"] = "role";
  answers["POST /"] = sts("AssumeRole");
  const found = await get();
  assert.equal(found?.accessKeyId, "STS");
  assert.equal(found?.expiration?.toISOString(), "2099-01-01T00:00:00.000Z");
  const [request] = asked;
  assert.match(request!.body, /Action=AssumeRole&ExternalId=e&RoleArn=arn%3Aaws/);
  assert.match(
    String(request!.headers["authorization"]),
    /Credential=BASE\/\d{8}\/us-east-1\/sts\//,
  );
});

test("a web identity is exchanged, unsigned", async () => {
  await writeFile(join(folder, "token"), "web token\n");
  Object.assign(process.env, {
    AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "token"),
    AWS_ROLE_ARN: "arn:aws:iam::1:role/r",
    AWS_ROLE_SESSION_NAME: "me",
  });
  answers["POST /"] = sts("AssumeRoleWithWebIdentity");
  assert.equal((await get())?.accessKeyId, "STS");
  assert.match(asked[0]!.body, /Action=AssumeRoleWithWebIdentity/);
  assert.match(asked[0]!.body, /RoleSessionName=me/);
  assert.match(asked[0]!.body, /WebIdentityToken=web%20token/);
  assert.equal(asked[0]!.headers["authorization"], undefined);
});

const JSON_ANSWER = JSON.stringify({
  AccessKeyId: "ROLE",
  SecretAccessKey: "s",
  Token: "t",
  Expiration: "2099-01-01T00:00:00Z",
});

test("the container's endpoint is asked with its token, and only on this machine without encryption", async () => {
  process.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = `${base}/creds`;
  process.env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "letter";
  answers["GET /creds"] = JSON_ANSWER;
  assert.equal((await get())?.sessionToken, "t");
  assert.equal(asked[0]!.headers["authorization"], "letter");
  process.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.com/creds";
  await assert.rejects(get(), /neither https: nor a local address/);
});

test("the instance's endpoint is asked last, with a session's token", async () => {
  delete process.env["AWS_EC2_METADATA_DISABLED"];
  process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = base;
  answers["PUT /latest/api/token"] = "session";
  answers["GET /latest/meta-data/iam/security-credentials/"] = "my-role\n";
  answers["GET /latest/meta-data/iam/security-credentials/my-role"] = JSON_ANSWER;
  assert.equal((await get())?.accessKeyId, "ROLE");
  assert.deepEqual(
    asked.slice(1).map(({ headers }) => headers["x-aws-ec2-metadata-token"]),
    ["session", "session"],
  );
});

/** The command line of a program that prints what it is asked for. */
async function program(source: string): Promise<string> {
  const path = join(folder, "my creds.mjs");
  await writeFile(path, source);
  const run = "Deno" in globalThis ? " run -A" : "";
  return `"${process.execPath}"${run} '${path}'`;
}

const PRINTS = (expiration: string) =>
  `console.log(JSON.stringify({ Version: 1, AccessKeyId: process.argv.slice(2).join("|"),
    SecretAccessKey: "s", SessionToken: "t", Expiration: "${expiration}" }))`;

test("credential_process is run without a shell, again when its credentials end", async () => {
  const line = await program(
    `import process from "node:process"; ${PRINTS("2099-01-01T00:00:00Z")}`,
  );
  await files(`[default]\ncredential_process = ${line} one 'two words' "a \\" b" $HOME;x ''\n`, "");
  const source = new AwsCredentialSource({});
  const found = await source.get();
  assert.deepEqual(found, {
    accessKeyId: 'one|two words|a " b|$HOME;x|',
    secretAccessKey: "s",
    sessionToken: "t",
    expiration: new Date("2099-01-01"),
  });
  assert.equal(await source.get(), found);
  const soon = new Date(Date.now() + 60_000).toISOString();
  const short = await program(`import process from "node:process"; ${PRINTS(soon)}`);
  await files(`[default]\ncredential_process = ${short} x\n`, "");
  const ending = new AwsCredentialSource({});
  assert.notEqual(await ending.get(), await ending.get());
});

test("a program that fails is an error without what it printed", async () => {
  for (
    const [source, state] of [
      ["process.exit(3)", "failed with exit code 3"],
      ['console.log("secret")', "its output is not JSON"],
      ['console.log(\'{"AccessKeyId":"secret"}\')', "what it prints is not of version 1"],
      ['console.log(\'{"Version":1,"AccessKeyId":"secret"}\')', "it prints no AccessKeyId and"],
      ['console.log("secret".repeat(20000))', "wrote more than 65536 bytes"],
    ] as const
  ) {
    const line = await program(`import process from "node:process"; ${source}`);
    await files(`[default]\ncredential_process = ${line} secret\n`, "");
    await assert.rejects(get(), (error: Error) => {
      assert.match(error.message, /^Cannot use credential_process of the AWS profile "default": /);
      assert.ok(error.message.includes(state), error.message);
      assert.doesNotMatch(inspect(error), /secret/);
      return true;
    });
  }
  await files("[default]\ncredential_process = /nowhere/creds secret\n", "");
  await assert.rejects(get(), (error: Error) => {
    assert.match(error.message, /"\/nowhere\/creds" is not there$/);
    assert.doesNotMatch(inspect(error), /secret/);
    return true;
  });
  await files("[default]\ncredential_process = 'x\n", "");
  await assert.rejects(get(), /a quotation mark is missing/);
});

test("splitCommand() splits as the AWS tools do", () => {
  assert.deepEqual(splitCommand(String.raw` a\ b "c'\d\"" 'e"f'g  ""`, false), [
    "a b",
    String.raw`c'\d"`,
    'e"fg',
    "",
  ]);
  assert.deepEqual(splitCommand(String.raw`"C:\my tools\x.exe" C:\a 'b c'`, true), [
    String.raw`C:\my tools\x.exe`,
    String.raw`C:\a`,
    "'b",
    "c'",
  ]);
});

const ROLE = {
  accessKeyId: "SSO",
  secretAccessKey: "s",
  sessionToken: "t",
  expiration: Date.parse("2099-01-01"),
};

async function withLogin(name: string, token: object, use: (path: string) => Promise<void>) {
  const cache = join(folder, ".aws", "sso", "cache");
  const path = join(cache, `${createHash("sha1").update(name).digest("hex")}.json`);
  const home = process.env["HOME"];
  await mkdir(cache, { recursive: true });
  await writeFile(path, JSON.stringify(token));
  process.env["HOME"] = folder;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SSO: base,
    AWS_ENDPOINT_URL_SSO_OIDC: `${base}/oidc/`,
  });
  try {
    await use(path);
  } finally {
    if (home === undefined) delete process.env["HOME"];
    else process.env["HOME"] = home;
    await rm(path, { force: true });
  }
}

const SESSION =
  "[profile dev]\nsso_session = corp\nsso_account_id = 12\nsso_role_name = Read Only\n" +
  "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n";
const GET_ROLE = "GET /federation/credentials?account_id=12&role_name=Read%20Only";

test("a login of aws sso login is used, by its session or its address", async () => {
  answers[GET_ROLE] = JSON.stringify({ roleCredentials: ROLE });
  process.env["AWS_PROFILE"] = "dev";
  const legacy =
    "[profile dev]\nsso_start_url = https://old.awsapps.com/start\nsso_region = eu-west-1\n" +
    "sso_account_id = 12\nsso_role_name = Read Only\n";
  for (
    const [config, name] of [[SESSION, "corp"], [legacy, "https://old.awsapps.com/start"]] as const
  ) {
    await files(config, "[dev]\naws_access_key_id = KEY\naws_secret_access_key = s\n");
    const token = { accessToken: "letter", expiresAt: "2099-01-01T00:00:00Z" };
    await withLogin(name, token, async () => {
      assert.deepEqual(await get(), { ...ROLE, expiration: new Date("2099-01-01") });
      assert.equal(asked.at(-1)!.headers["x-amz-sso_bearer_token"], "letter");
    });
  }
  // As older command lines wrote it.
  const old = { accessToken: "letter", expiresAt: "2099-01-01T00:00:00UTC" };
  await files(SESSION, "");
  await withLogin("corp", old, async () => assert.equal((await get())?.accessKeyId, "SSO"));
});

test("a login that ends is renewed, and kept for the AWS tools; one that cannot be is an error that says what to do", async () => {
  answers[GET_ROLE] = JSON.stringify({ roleCredentials: ROLE });
  process.env["AWS_PROFILE"] = "dev";
  await files(SESSION, "");
  const ended = { startUrl: "u", accessToken: "old", expiresAt: "2020-01-01T00:00:00Z" };
  const renewable = { ...ended, clientId: "c", clientSecret: "cs", refreshToken: "r1" };
  const loginAgain =
    /^TypeError: Cannot use the AWS profile "dev": .* run aws sso login --profile dev$/;
  await withLogin("corp", renewable, async (path) => {
    answers["POST /oidc/token"] = JSON.stringify({
      accessToken: "new",
      expiresIn: 3600,
      refreshToken: "r2",
    });
    assert.equal((await get())?.accessKeyId, "SSO");
    assert.deepEqual(JSON.parse(asked[0]!.body), {
      clientId: "c",
      clientSecret: "cs",
      refreshToken: "r1",
      grantType: "refresh_token",
    });
    assert.equal(asked[1]!.headers["x-amz-sso_bearer_token"], "new");
    const { expiresAt, ...kept } = JSON.parse(await readFile(path, "utf8"));
    const { expiresAt: _, ...rest } = renewable;
    assert.deepEqual(kept, { ...rest, accessToken: "new", refreshToken: "r2" });
    assert.match(expiresAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - 3_600_000) < 60_000);
    assert.deepEqual((await readdir(dirname(path))).length, 1);
  });
  const isRefused = () => assert.rejects(get(), (error) => loginAgain.test(String(error)));
  await withLogin("corp", ended, isRefused);
  await withLogin("another", ended, isRefused);
  // The token was taken back.
  const token = { accessToken: "letter", expiresAt: "2099-01-01T00:00:00Z" };
  statuses[GET_ROLE] = 401;
  await withLogin("corp", token, isRefused);
  statuses[GET_ROLE] = 200;
  answers[GET_ROLE] = "{}";
  await withLogin("corp", token, () => assert.rejects(get(), /"dev": .* has no credentials$/));
  await files("[profile dev]\nsso_session = corp\nsso_account_id = 12\n", "");
  await assert.rejects(get(), /"dev": it has no sso_start_url$/);
});

test("without any, one hears what to set; nothing is asked that is not known", async () => {
  await assert.rejects(get(), /set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile/);
  await files("[default]\nlogin_session = arn:aws:iam::1:user/me\n", "");
  await assert.rejects(get(), /login_session is not supported; pass a function/);
  assert.equal(await new AwsCredentialSource({ credentials: "anonymous" }).get(), null);
  assert.deepEqual(asked, []);
});

test("parseSections() reads what the AWS tools write", () => {
  const sections = parseSections(
    '# comment\n[default]\nregion = eu-west-1\n; another\n[profile "two words"]\n  output=json\ns3 =\n  endpoint_url = http://h\nkey = a # b\n',
    true,
  );
  assert.deepEqual([...sections], [
    ["default", { region: "eu-west-1" }],
    ["two words", { output: "json", s3: "", "s3.endpoint_url": "http://h", key: "a" }],
  ]);
});
