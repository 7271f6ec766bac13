/** What is written in a browser, in workerd and in Node, to be compared. */

import type {
  AsyncArrowWriter,
  BlobSink,
  Diagnostic,
  SinkTarget,
  WriterOptions,
} from "../../mod.ts";

/** The library, wherever it comes from. */
export interface Library {
  readonly AsyncArrowWriter: typeof AsyncArrowWriter;
  readonly BlobSink: typeof BlobSink;
  // deno-lint-ignore no-explicit-any
  readonly t: any;
  // deno-lint-ignore no-explicit-any
  readonly schema: any;
}

/** A file to write. */
export interface Job {
  readonly rows: number;
  /** Written as JSON. */
  readonly options: WriterOptions;
  /** Default: a stream. */
  readonly sink?: "blob" | "opfs" | "opfs synchronous" | "transform" | undefined;
}

/** What came of it. */
export interface Outcome {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Workers in use at the end. */
  readonly workers: number;
  readonly diagnostics: readonly Diagnostic["code"][];
}

/** Rows of a column of each kind, the same everywhere. */
function columns(from: number, rows: number) {
  const index = Array.from({ length: rows }, (_, i) => from + i);
  return {
    id: Int32Array.from(index),
    price: Float64Array.from(index, (i) => Math.imul(i, 2654435761) / 1000),
    name: index.map((i) => `name ${Math.imul(i, 40503) >>> 12}`),
    kind: index.map((i) => i % 7 === 0 ? null : `kind ${i % 5}`),
    tags: index.map((i) => Array.from({ length: i % 3 }, (_, k) => i + k)),
  };
}

const BATCH_ROWS = 10_000;

/** Writes a file. */
export async function runJob(library: Library, job: Job): Promise<Outcome> {
  const { AsyncArrowWriter, schema, t } = library;
  const target = await openTarget(library, job.sink);
  const diagnostics: Diagnostic["code"][] = [];
  const writer = new AsyncArrowWriter(
    target.sink,
    schema({
      id: t.int32(),
      price: t.float64(),
      name: t.utf8(),
      kind: t.utf8().nullable(),
      tags: t.list(t.int32()),
    }),
    { ...job.options, onDiagnostic: ({ code }) => void diagnostics.push(code) },
  );
  for (let at = 0; at < job.rows; at += BATCH_ROWS) {
    await writer.write(columns(at, Math.min(BATCH_ROWS, job.rows - at)) as never);
  }
  await writer.flush();
  const { workers } = writer;
  await writer.close();
  return { bytes: await target.bytes(), workers, diagnostics };
}

interface Target {
  readonly sink: SinkTarget;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

async function openTarget(library: Library, kind: Job["sink"]): Promise<Target> {
  switch (kind) {
    case "blob": {
      const sink = new library.BlobSink();
      return { sink, bytes: async () => new Uint8Array(await sink.blob().arrayBuffer()) };
    }
    case "opfs":
    case "opfs synchronous": {
      // deno-lint-ignore no-explicit-any
      const folder = await (navigator as any).storage.getDirectory();
      const handle = await folder.getFileHandle("file.parquet", { create: true });
      // What was there must be gone, however long it was.
      const old = await handle.createWritable();
      await old.write(new Uint8Array(10_000_000));
      await old.close();
      return {
        sink: kind === "opfs" ? handle : await handle.createSyncAccessHandle(),
        bytes: async () => new Uint8Array(await (await handle.getFile()).arrayBuffer()),
      };
    }
    default: {
      const stream = new TransformStream<Uint8Array, Uint8Array>();
      const bytes = new Response(stream.readable as ReadableStream<Uint8Array<ArrayBuffer>>)
        .arrayBuffer();
      return {
        sink: kind === "transform" ? stream : stream.writable,
        bytes: async () => new Uint8Array(await bytes),
      };
    }
  }
}
