/**
 * What is fuzzed, and what must come of any input: a typed error, or something right; and no more memory than the limits and the
 * input's own size allow.
 */

import {
  describeFile,
  type InputLimits,
  ParquetError,
  readParquetMetadata,
  toParquet,
  verifyParquet,
  WorkerError,
  type WriterOptions,
} from "../../mod.ts";
import { countAllocations } from "../support/allocations.ts";
import { changedBytes } from "./byte_mutations.ts";
import { ipcCorpus, parquetCorpus } from "./corpus.ts";
import { changedFlatBuffer } from "./flat_buffer_mutations.ts";
import { Random } from "./random.ts";
import { changedStructures } from "./thrift_mutations.ts";

const MIB = 2 ** 20;

/** Low, so that what gets around them is seen. */
const LIMITS: InputLimits = {
  maxBatchBytes: 4 * MIB,
  maxPlainBytes: 16 * MIB,
  maxPageBytes: 4 * MIB,
  maxDecodedBytes: 16 * MIB,
  maxDecodedExpansion: 64,
};
/** Bytes that a run may allocate, besides so many for each byte of input. */
const IPC_BYTES = 256 * MIB, PARQUET_BYTES = 64 * MIB, BYTES_PER_BYTE = 2000;

/** Something to fuzz. */
export interface Target {
  readonly name: "ipc" | "parquet";
  /** Makes inputs, each from a seed. */
  prepare(): Promise<(seed: number) => Uint8Array>;
  /** Throws where what comes of an input is not what must. */
  run(input: Uint8Array): Promise<void>;
}

type Mutator = (random: Random, bytes: Uint8Array) => Uint8Array;

function inputsOf(corpus: readonly Uint8Array[], mutators: readonly Mutator[]) {
  return (seed: number): Uint8Array => {
    const random = new Random(seed);
    let bytes = random.pick(corpus);
    for (let left = random.oneIn(4) ? 2 : 1; left > 0; left--) {
      bytes = random.pick(mutators)(random, bytes);
    }
    return bytes;
  };
}

/** Runs, and bounds what is allocated. */
async function bounded(most: number, input: Uint8Array, run: () => Promise<void>): Promise<void> {
  const { bytes } = await countAllocations(run);
  const bound = most + BYTES_PER_BYTE * input.length;
  if (bytes > bound) throw new Error(`${bytes} bytes were allocated, of ${bound} at most`);
}

function assertTyped(error: unknown): void {
  if (error instanceof ParquetError && !(error instanceof WorkerError)) return;
  throw new Error(`not a typed error: ${(error as Error)?.stack ?? error}`, { cause: error });
}

/** One of them for each input, by its length: the same whenever it is replayed. */
const OPTIONS: readonly WriterOptions[] = [
  {},
  { writerVersion: "2.0", dictionaryEnabled: false, compression: "snappy" },
  { profile: "compat" },
  { bloomFilterEnabled: true, ieee754TotalOrder: true },
  { maxRowGroupRowCount: 5, dataPageRowCountLimit: 2, compression: "uncompressed" },
  { contentDefinedChunking: true, int96Timestamps: true, statisticsEnabled: "chunk" },
  { dictionaryPageSizeLimit: 16, statisticsTruncateLength: 1, columnIndexTruncateLength: 1 },
  { maxRowGroupBytes: 100, coerceTypes: true, compression: "lz4_raw" },
];

async function runIpc(input: Uint8Array): Promise<void> {
  const options = OPTIONS[input.length % OPTIONS.length]!;
  // As bytes, or in chunks.
  const isWhole = input.length % 3 !== 0;
  const source = isWhole ? input : [input.subarray(0, 100), input.subarray(100)];
  let file: Uint8Array;
  try {
    file = await toParquet(source, { ...options, parallelism: 0, limits: LIMITS });
  } catch (error) {
    return assertTyped(error);
  }
  const faults = await verifyParquet(file);
  if (faults.length > 0) {
    throw new Error(`a wrong file was written: ${JSON.stringify(faults.slice(0, 3))}`);
  }
}

async function runParquet(input: Uint8Array): Promise<void> {
  const findings = await verifyParquet(input, { remarks: true, limits: LIMITS });
  const crash = findings.find(({ rule }) => rule === "page-unreadable");
  if (crash !== undefined) throw new Error(`the verifier gave up: ${crash.message}`);
  try {
    JSON.stringify(describeFile(await readParquetMetadata(input, { limits: LIMITS })));
  } catch (error) {
    assertTyped(error);
  }
}

/** Everything that is fuzzed. */
export const TARGETS: readonly Target[] = [
  {
    name: "ipc",
    prepare: () =>
      Promise.resolve(inputsOf(ipcCorpus(), [changedBytes, changedFlatBuffer, changedFlatBuffer])),
    run: (input) => bounded(IPC_BYTES, input, () => runIpc(input)),
  },
  {
    name: "parquet",
    prepare: async () =>
      inputsOf(await parquetCorpus(), [changedBytes, changedStructures, changedStructures]),
    run: (input) => bounded(PARQUET_BYTES, input, () => runParquet(input)),
  },
];
