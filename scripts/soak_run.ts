/**
 * Writes files of random shape for a while, one after the other and side by side, and prints a line of JSON every second:
 * what `scripts/soak.mjs` runs on each runtime.
 *
 * @module
 */

import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import fc from "fast-check";
import type { RecordBatch } from "apache-arrow";
import {
  AbortError,
  MemorySink,
  toParquet,
  verifyParquet,
  writeParquet,
  type WriterOptions,
} from "../mod.ts";
import { encoderPool } from "../src/executor/encoder_resources.ts";
import { LEAVES, schemas, shapes } from "../tests/support/arbitraries.ts";
import { randomBatch, randomNumbers } from "../tests/support/random_data.ts";

const [minutes, seed] = process.argv.slice(-2).map(Number) as [number, number];
const folder = mkdtempSync(join(tmpdir(), "parquet-ext-soak-"));
const random = randomNumbers(seed);
const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;

const arbitrary = fc.tuple(schemas(LEAVES), shapes);

/** What was done with the files so far. */
const counts = { files: 0, rows: 0, aborted: 0, verified: 0 };

function someBatches(): RecordBatch[] {
  const [schema, shape] = fc.sample(arbitrary, {
    numRuns: 1,
    seed: Math.floor(random() * 2 ** 31),
  })[0]!;
  // Mostly small files, now and then one that workers share.
  const rows = Math.floor(2 ** (random() * (random() < 0.1 ? 17 : 11)));
  const batches = 1 + Math.floor(random() * 4);
  return Array.from(
    { length: batches },
    (_, i) => randomBatch(schema, rows, { ...shape, seed: shape.seed + i }),
  );
}

async function oneFile(name: number): Promise<void> {
  const batches = someBatches();
  const options: WriterOptions = {
    parallelism: pick([0, 1, 2, null]),
    compression: pick(["uncompressed", "snappy", "zstd", "gzip", "lz4_raw"]),
    writerVersion: pick(["1.0", "2.0"]),
    maxRowGroupRowCount: pick([1000, 100_000]),
    memoryBudget: pick([1, 64]) * 2 ** 20,
    bloomFilterEnabled: random() < 0.2,
  };
  const path = join(folder, `${name}.parquet`);
  try {
    if (random() < 0.15) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), random() * 5);
      await writeParquet(batches, pick<string | MemorySink>([path, new MemorySink()]), {
        ...options,
        signal: controller.signal,
      });
    } else if (random() < 0.3) {
      await writeParquet(batches, path, options);
    } else {
      const bytes = await toParquet(batches, options);
      if (random() < 0.1) {
        const faults = await verifyParquet(bytes);
        if (faults.length > 0) throw new Error(JSON.stringify(faults[0]));
        counts.verified++;
      }
    }
    for (const { numRows } of batches) counts.rows += numRows;
    counts.files++;
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    counts.aborted++;
  } finally {
    rmSync(path, { force: true });
  }
}

/** Descriptors of the process, and those of files in the folder, which no write is using now; -1 where the system does not tell. */
function descriptors(): { open: number; ofFolder: number } {
  const all = "/proc/self/fd";
  try {
    const names = readdirSync(all);
    const targets = names.map((name) => {
      try {
        return readlinkSync(join(all, name));
      } catch {
        return "";
      }
    });
    return {
      open: names.length,
      ofFolder: targets.filter((target) => target.startsWith(folder)).length,
    };
  } catch {
    return { open: -1, ofFolder: -1 };
  }
}

function report(): void {
  const { rss, heapUsed } = process.memoryUsage();
  console.log(JSON.stringify({
    seconds: (performance.now() - started) / 1000,
    rss,
    heapUsed,
    descriptors: descriptors(),
    workers: encoderPool().workers.length,
    leftovers: readdirSync(folder).length,
    ...counts,
  }));
}

const started = performance.now();
let reported = 0;
while (performance.now() - started < minutes * 60_000) {
  const sideBySide = pick([1, 1, 1, 4]);
  await Promise.all(Array.from({ length: sideBySide }, (_, i) => oneFile(i)));
  if (performance.now() - reported >= 1000) {
    reported = performance.now();
    report();
  }
}
report();
rmSync(folder, { recursive: true, force: true });
