/** A path as target, aborted in its last write and during its commit: the old file, or the complete new one, as was said. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { AsyncArrowWriter } from "../../src/pipeline/async_arrow_writer.ts";
import { toParquet, writeParquet } from "../../src/pipeline/write_parquet.ts";
import { FileSink } from "../../src/sink/file_sink.ts";
import { numbers, schema } from "./arrow_batches.ts";
import { turns } from "./gated_sink.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ends-"));
  path = join(folder, "a.parquet");
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = { parallelism: 0, compression: "uncompressed" } as const;
const batch = numbers(0, 1000);
const old = "precious";

/** Files of the folder that this process has open, where that can be seen. */
function openFiles(): string[] {
  if (!existsSync("/proc/self/fd")) return [];
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const open = readlinkSync(`/proc/self/fd/${fd}`);
      return open.startsWith(folder) ? [open] : [];
    } catch {
      return [];
    }
  });
}

/** Calls back after so many steps: microtasks first, then turns of the event loop. */
async function later(steps: number, callback: () => void): Promise<void> {
  for (let i = 0; i < steps; i++) {
    if (i < 4) await null;
    else await new Promise((resolve) => setTimeout(resolve, 0));
  }
  callback();
}

/** Checks what is there against what was said. Returns what was said. */
function checkTarget(result: PromiseSettledResult<unknown>, expected: Uint8Array): string {
  const found = readFileSync(path);
  const isNew = Buffer.from(expected).equals(found);
  if (!isNew) assert.equal(found.toString(), old);
  assert.deepEqual(readdirSync(folder), ["a.parquet"]);
  assert.deepEqual(openFiles(), []);
  if (result.status === "fulfilled") {
    assert.ok(isNew, "a success, but the old file");
    return "success";
  }
  const { name, outcome } = result.reason as { name: string; outcome?: string };
  assert.ok(name === "AbortError" || name === "WriterStateError", String(result.reason));
  if (outcome !== "unknown") assert.ok(!isNew, "aborted, but the new file");
  return "aborted";
}

/** A target that calls back when its commit begins. */
class CommitWatcher extends FileSink {
  readonly #begun: () => void;
  constructor(path: string, begun: () => void) {
    super(path);
    this.#begun = begun;
  }
  override close(signal?: AbortSignal): Promise<void> {
    const done = super.close(signal);
    this.#begun();
    return done;
  }
}

/** A write of one batch that is ended after so many steps. */
const WRITES: Record<string, (steps: number) => Promise<unknown>> = {
  "writeParquet and a signal": (steps) => {
    const controller = new AbortController();
    const written = writeParquet(batch as never, path, { ...options, signal: controller.signal });
    void later(steps, () => controller.abort());
    return written;
  },
  "close() and abort()": async (steps) => {
    const writer = new AsyncArrowWriter(path, schema, options);
    await writer.write(batch);
    const closed = writer.close();
    const aborted = later(steps, () => {}).then(() => writer.abort());
    const [result] = await Promise.allSettled([closed, aborted]);
    if (result.status === "rejected") throw result.reason;
  },
  "a signal during the commit": (steps) => {
    const controller = new AbortController();
    const { signal } = controller;
    const sink = new CommitWatcher(path, () => void later(steps, () => controller.abort()));
    return writeParquet(batch as never, sink, { ...options, signal });
  },
  "leaving the scope without close()": async (steps) => {
    await using writer = new AsyncArrowWriter(path, schema, options);
    await writer.write(batch);
    writer.flush().catch(() => {});
    await later(steps, () => {});
    throw Object.assign(new Error("left"), { name: "AbortError" });
  },
};

for (const [name, write] of Object.entries(WRITES)) {
  test(`${name}: the file is what was said, and nothing else is left`, async () => {
    const expected = await toParquet(batch as never, options);
    for (let i = 0; i < 50; i++) {
      writeFileSync(path, old);
      const [result] = await Promise.allSettled([write(i % 25)]);
      checkTarget(result, expected);
    }
    // What comes later changes nothing.
    await turns();
    assert.deepEqual(readdirSync(folder), ["a.parquet"]);
  });
}

test("an abort as soon as the commit begins stops it before the file has its name", async () => {
  writeFileSync(path, old);
  const controller = new AbortController();
  const sink = new CommitWatcher(path, () => controller.abort("enough"));
  const { signal } = controller;
  await assert.rejects(writeParquet(batch as never, sink, { ...options, signal }), {
    name: "AbortError",
    outcome: "failed",
    cause: "enough",
  });
  assert.equal(readFileSync(path, "utf8"), old);
  assert.deepEqual(readdirSync(folder), ["a.parquet"]);
});

test("a file that came into being meanwhile is no commit of unknown outcome", async () => {
  const sink = new FileSink(path, { overwrite: false });
  const writer = new AsyncArrowWriter(sink, schema, options);
  await writer.write(batch);
  await writer.flush();
  writeFileSync(path, old);
  await assert.rejects(writer.close(), { outcome: "failed" });
  assert.equal(readFileSync(path, "utf8"), old);
  assert.deepEqual(readdirSync(folder), ["a.parquet"]);
});
