/** Every request of an upload to Azure and to Google Cloud Storage, spoilt: the object is there as a whole, or the old one is. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, test } from "node:test";
import { AzureStore } from "../../src/store/azure_store.ts";
import { GcsStore } from "../../src/store/gcs_store.ts";
import type { Store } from "../../src/store/store.ts";
import { ObjectNotFoundError, outcomeOf } from "../../src/util/errors.ts";
import { someBytes } from "./contract.ts";
import { startAzurite } from "./servers/azurite.ts";
import { startFakeGcs } from "./servers/fake_gcs.ts";
import { type Fault, FaultProxy, FAULTS } from "./servers/fault_proxy.ts";

/** What is tried is no matter of the runtime, whose `fetch` the faults of S3 try. */
const IS_NODE = process.versions["deno"] === undefined && process.versions["bun"] === undefined;
const TIMEOUT_MS = 2000;
const PART = 256 * 1024;
const small = someBytes(1000);
const large = someBytes(2 * PART + 1000);
const old = someBytes(5, 9);
/** Those after which nobody knows whether the request was carried out. */
const DOUBTFUL: ReadonlySet<Fault> = new Set([
  "answer lost",
  "done but answered by 500",
  "doubled",
]);

/** Those of requests that the server hears once at the most. */
const UNHEARD: ReadonlySet<Fault> = new Set(["refused", "cut on its way", "delayed", "busy"]);

/** Stores of one bucket, each by another address. */
interface Server {
  readonly name: string;
  readonly url: string;
  open(endpoint: string): Store;
  /** Whether the server is as strict as the real one about a request (`PUT uploadType …`) that is spoilt like that. Default: always. */
  readonly isFaithful?: (request: string, fault: Fault, isLast: boolean) => boolean;
}

const azurite = IS_NODE ? await startAzurite() : null;
const fakeGcs = IS_NODE ? await startFakeGcs() : null;
after(async () => {
  await azurite?.stop();
  await fakeGcs?.stop();
});
const shared = { partSize: PART, concurrency: 2, requestTimeoutMs: TIMEOUT_MS, maxAttempts: 3 };
const servers: Server[] = [];
if (azurite !== null) {
  const container = await azurite.newContainer();
  const { account } = azurite.options;
  servers.push({
    name: "azurite",
    url: azurite.url,
    open: (url) =>
      new AzureStore(container, "", {
        ...azurite.options,
        ...shared,
        endpoint: `${url}/${account}`,
      }),
  });
}
if (fakeGcs !== null) {
  const bucket = await fakeGcs.newBucket();
  servers.push({
    name: "fake-gcs-server",
    url: fakeGcs.options.endpoint,
    open: (endpoint) => new GcsStore(bucket, "", { ...fakeGcs.options, ...shared, endpoint }),
    // It appends a piece that comes twice, where the real one has it already and passes it over.
    isFaithful: (request, fault, isLast) =>
      !request.startsWith("PUT") || UNHEARD.has(fault) || isLast && fault !== "doubled",
  });
}

/** Writes an object. Returns what it failed with; `null`: nothing. */
async function write(
  store: Store,
  key: string,
  bytes: Uint8Array<ArrayBuffer>,
  overwrite: boolean,
): Promise<unknown> {
  const sink = store.sink(key, { overwrite });
  try {
    for (let at = 0; at < bytes.length; at += PART) await sink.write(bytes.slice(at, at + PART));
    await sink.close();
    return null;
  } catch (error) {
    try {
      await sink.abort(error);
    } catch {
      // Told by `error`, too.
    }
    return error;
  } finally {
    assert.equal(sink.heldBytes, 0);
  }
}

async function read(store: Store, key: string): Promise<Uint8Array | null> {
  try {
    return await store.get(key);
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return null;
    throw error;
  }
}

/** Waits for all of them, also where one fails: servers are not to be stopped before. */
async function allOf(cases: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(cases)) {
    if (result.status === "rejected") throw result.reason;
  }
}

let keys = 0;

/** Writes an object, some of whose requests are spoilt. */
async function spoilt(
  { url, open }: Server,
  bytes: Uint8Array<ArrayBuffer>,
  overwrite: boolean,
  faults: ReadonlyMap<number, Fault>,
) {
  const direct = open(url);
  const key = `object ${++keys}`;
  if (overwrite) await direct.put(key, old);
  const proxy = await new FaultProxy(url, 2 * TIMEOUT_MS).start();
  try {
    proxy.reset(faults);
    const error = await write(open(proxy.url), key, bytes, overwrite);
    return { error, seen: [...proxy.seen], found: await read(direct, key) };
  } finally {
    await proxy.stop();
  }
}

test(
  "servers are there",
  { skip: servers.length < 2 && "only on Node, with fake-gcs-server" },
  () => {
    assert.equal(servers.length, 2);
  },
);

for (const server of servers) {
  for (const [size, bytes] of [["small", small], ["large", large]] as const) {
    for (const overwrite of [true, false]) {
      const faults = overwrite ? [...DOUBTFUL] : FAULTS;
      const title = overwrite ? "in place of another" : "where there is none";
      test(`${server.name}: a ${size} object ${title}, each request spoilt in each way`, async () => {
        const { seen } = await spoilt(server, bytes, overwrite, new Map());
        const cases = faults.flatMap((fault) =>
          seen.flatMap((request, at) => {
            const isLast = at === seen.length - 1;
            return server.isFaithful?.(request, fault, isLast) ?? true
              ? [[at, fault] as const]
              : [];
          })
        );
        assert.ok(cases.length > 0);
        await allOf(cases.map(async ([at, fault]) => {
          const { error, found, seen } = await spoilt(
            server,
            bytes,
            overwrite,
            new Map([[at, fault]]),
          );
          const where = `${fault}, ${seen[at]} of ${seen.join(", ")}`;
          assert.equal(error, null, `${where}: ${error}`);
          assert.deepEqual(found, bytes, where);
        }));
      });
    }
  }

  test(`${server.name}: from some request on, nothing gets through: the old object or the new one`, async () => {
    const faults = ["refused", "answer lost", "busy"] as const;
    const cases = faults.flatMap((fault) => [0, 1, 2, 3, 4].map((from) => [from, fault] as const));
    await allOf(cases.map(async ([from, fault]) => {
      const all = new Map(Array.from({ length: 60 }, (_, i) => [from + i, fault]));
      const { error, found, seen } = await spoilt(server, large, true, all);
      const where = `${fault} from ${from} on: ${seen.join(", ")}: ${error}`;
      if (error === null) return assert.deepEqual(found, large, where);
      const outcome = outcomeOf(error);
      assert.ok(outcome === "failed" || outcome === "unknown", where);
      const isOld = found !== null && Buffer.from(found).equals(old);
      if (outcome === "failed") assert.ok(isOld, where);
      else assert.ok(isOld || found !== null && Buffer.from(found).equals(large), where);
    }));
  });
}
