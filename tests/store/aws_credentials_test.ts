/** Where AWS credentials come from. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, beforeEach, test } from "node:test";
import { AwsCredentialSource } from "../../src/store/aws_credentials.ts";
import { parseSections } from "../../src/store/aws_profile.ts";

const folder = await mkdtemp(join(tmpdir(), "parquet-ext-aws-"));
const before = { ...process.env };
/** What services were asked, and what they answer. */
const asked: { method: string; url: string; body: string; headers: Record<string, unknown> }[] = [];
let answers: Record<string, string> = {};
const service = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const { method = "", url = "", headers } = request;
  asked.push({ method, url, body, headers });
  const answer = answers[`${method} ${url}`];
  response.writeHead(answer === undefined ? 404 : 200).end(answer);
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
  await assert.rejects(get(), /neither https: nor on this machine/);
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

test("without any, one hears what to set; nothing is asked that is not known", async () => {
  await assert.rejects(get(), /set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile/);
  await files("[default]\ncredential_process = /bin/keys\n", "");
  await assert.rejects(get(), /credential_process is not supported; pass a function/);
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
