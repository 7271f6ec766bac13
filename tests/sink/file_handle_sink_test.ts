import assert from "node:assert/strict";
import { test } from "node:test";
import { BlobSink, FileHandleSink, SinkError, toParquet, writeParquet } from "../../mod.ts";

const ROWS = [{ id: 1, name: "one" }, { id: 2, name: "two" }];

/** A handle as browsers have it: a stream's bytes become the file's when it is closed. */
class FakeHandle {
  readonly kind = "file";
  readonly name = "fake.parquet";
  file = Uint8Array.of(1, 2, 3);
  readonly calls: string[] = [];
  failure: { readonly call: string; readonly name: string } | null = null;

  #call(name: string): void {
    this.calls.push(name);
    if (this.failure?.call !== name) return;
    throw new DOMException("no", this.failure.name);
  }

  // deno-lint-ignore require-await
  async createWritable() {
    this.#call("createWritable");
    const parts: Uint8Array<ArrayBuffer>[] = [];
    return {
      // deno-lint-ignore require-await
      write: async (bytes: Uint8Array<ArrayBuffer>) => {
        this.#call("write");
        parts.push(bytes.slice());
      },
      close: async () => {
        this.#call("close");
        this.file = new Uint8Array(await new Blob(parts).arrayBuffer());
      },
      // deno-lint-ignore require-await
      abort: async () => this.#call("abort"),
    };
  }
}

/** Synchronous access, which takes half of what it is given at first. */
class FakeAccess {
  file = Uint8Array.of(1, 2, 3);
  closed = 0;
  flushed = 0;
  getSize(): number {
    return this.file.length;
  }
  truncate(byteLength: number): void {
    this.file = this.file.slice(0, byteLength);
  }
  write(bytes: Uint8Array, { at }: { at: number }): number {
    const length = Math.ceil(bytes.length / 2);
    const file = new Uint8Array(Math.max(this.file.length, at + length));
    file.set(this.file);
    file.set(bytes.subarray(0, length), at);
    this.file = file;
    return length;
  }
  flush(): void {
    this.flushed++;
  }
  close(): void {
    this.closed++;
  }
}

test("writeParquet() takes a FileSystemFileHandle", async () => {
  const handle = new FakeHandle();
  await writeParquet(ROWS, handle);
  assert.deepEqual(handle.file, await toParquet(ROWS));
  assert.equal(handle.calls.at(-1), "close");
});

test("writeParquet() takes a FileSystemSyncAccessHandle, and handles that have no other access", async () => {
  const expected = await toParquet(ROWS);
  const access = new FakeAccess();
  await writeParquet(ROWS, access);
  assert.deepEqual(access.file, expected);
  const other = new FakeAccess();
  const createSyncAccessHandle = () => Promise.resolve(other);
  await writeParquet(ROWS, { kind: "file", name: "a", createSyncAccessHandle });
  assert.deepEqual(other.file, expected);
  for (const { closed, flushed } of [access, other]) assert.deepEqual([closed, flushed], [1, 1]);
});

test("a write that fails leaves the file of a handle as it was, and one of synchronous access empty", async () => {
  function* rows() {
    yield ROWS;
    throw new Error("the source ends");
  }
  const handle = new FakeHandle();
  await assert.rejects(writeParquet(rows(), handle), /the source ends/);
  assert.deepEqual(handle.file, Uint8Array.of(1, 2, 3));
  assert.equal(handle.calls.includes("close"), false);

  const access = new FakeAccess();
  const sink = new FileHandleSink(access);
  await sink.write(Uint8Array.of(9, 9));
  await sink.abort("no more");
  assert.deepEqual([access.file.length, access.closed], [0, 1]);
});

test("errors of handles are SinkErrors that say what to do", async () => {
  const cases = [
    ["createWritable", "NotAllowedError", /fake\.parquet: .*requestPermission/],
    ["createWritable", "NoModificationAllowedError", /open for writing/],
    ["write", "QuotaExceededError", /quota/],
    ["close", "NotFoundError", /not there any more/],
  ] as const;
  for (const [call, name, message] of cases) {
    const handle = new FakeHandle();
    handle.failure = { call, name };
    await assert.rejects(writeParquet(ROWS, handle), (error) => {
      assert.ok(error instanceof SinkError);
      assert.match(error.message, message);
      assert.equal(error.outcome, call === "close" ? "unknown" : "failed");
      return true;
    });
    assert.deepEqual(handle.file, Uint8Array.of(1, 2, 3));
  }
  assert.throws(() => new FileHandleSink({} as never), TypeError);
});

test("writeParquet() takes a TransformStream", async () => {
  const stream = new TransformStream<Uint8Array, Uint8Array>();
  const read = new Response(stream.readable as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
  await writeParquet(ROWS, stream);
  assert.deepEqual(await read, await toParquet(ROWS));
});

test("BlobSink() makes a blob of the file, once it is complete", async () => {
  const sink = new BlobSink();
  assert.throws(() => sink.blob(), /it is open, not closed/);
  await writeParquet(ROWS, sink);
  assert.equal(sink.blob().type, "application/vnd.apache.parquet");
  assert.deepEqual(new Uint8Array(await sink.blob().arrayBuffer()), await toParquet(ROWS));
  assert.throws(() => sink.download("a.parquet"), /no page is open here/);
  const aborted = new BlobSink();
  aborted.write(new Uint8Array(10));
  aborted.abort();
  assert.throws(() => aborted.blob(), /aborted/);
});
