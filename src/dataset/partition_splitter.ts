/**
 * Batches cut by their partitions.
 *
 * @module
 */

import type { ColumnArray, ColumnBatch } from "../arrow/column_array.ts";
import { take } from "../arrow/take.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { SchemaError } from "../util/errors.ts";
import { isConstant } from "./constant_array.ts";
import { partitionPath } from "./hive_path.ts";
import { PartitionColumn } from "./partition_column.ts";

/** Runs that are this long on average are taken as they are; shorter ones are gathered. */
const RUN_ROWS = 64;
/** Codes of a column, and partitions: a number holds the product of two of them exactly. */
const MAX_CODES = 2 ** 26;

/** A partition. */
export interface Partition {
  /** Its folder, without a slash at its end; `""`: there are no partition columns. */
  readonly path: string;
  readonly values: Readonly<Record<string, string | null>>;
}

/** Rows of one partition. */
export interface PartitionRows {
  readonly partition: Partition;
  /** Columns of the files. */
  readonly batch: ColumnBatch;
  readonly from: number;
  readonly to: number;
  /** Whether the batch is in memory of its own; else it is in that of the caller. */
  readonly owned: boolean;
}

/** Numbers of values of some partition columns together. */
interface Level {
  readonly ids: Map<number, number>;
  /** Of each: the number of the values before, and the code of the last one. */
  readonly pairs: (readonly [before: number, code: number])[];
}

/** Cuts batches of a schema. */
export class PartitionSplitter {
  readonly #keys: readonly PartitionColumn[];
  readonly #keyIndexes: readonly number[];
  /** Columns of the files. */
  readonly #kept: readonly number[];
  /** Schema of the files. */
  readonly schema: ArrowSchema;
  readonly #partitions: Partition[] = [];
  /** Partitions by the number of their values. */
  readonly #known: number[] = [];
  /** For partition columns after the first. */
  readonly #levels: readonly Level[];

  /**
   * @param schema Of the batches.
   * @param partitionBy Names of the partition columns, outermost first.
   * @param keep Whether they are in the files too.
   * @throws {SchemaError} When there is no such column, or it cannot be partitioned by, or nothing is left for the files.
   */
  constructor(schema: ArrowSchema, partitionBy: readonly string[], keep: boolean) {
    this.#keyIndexes = partitionBy.map((name) => {
      const index = schema.fields.findIndex((field) => field.name === name);
      if (index >= 0) return index;
      const names = schema.fields.map((field) => field.name).join(", ");
      throw new SchemaError(
        name,
        `Cannot partition by a column that does not exist; columns: ${names}`,
      );
    });
    this.#keys = this.#keyIndexes.map((index) => new PartitionColumn(schema.fields[index]!));
    this.#kept = schema.fields.map((_, i) => i).filter((i) =>
      keep || !this.#keyIndexes.includes(i)
    );
    if (this.#kept.length === 0) {
      throw new SchemaError("", "Cannot partition by all columns: the files would have none");
    }
    this.schema = {
      fields: this.#kept.map((i) => schema.fields[i]!),
      metadata: schema.metadata,
    };
    this.#levels = this.#keys.slice(1).map(() => ({ ids: new Map(), pairs: [] }));
    if (this.#keys.length === 0) this.#partitions.push({ path: "", values: {} });
  }

  /** Rows of each partition, each in the order of the batch. */
  split(batch: ColumnBatch): PartitionRows[] {
    const { numRows } = batch;
    if (numRows === 0) return [];
    const kept: ColumnBatch = this.#kept.length === batch.columns.length
      ? batch
      : { ...batch, columns: this.#kept.map((i) => batch.columns[i]!) };
    if (this.#keys.length === 0) return [this.#rows(0, kept, 0, numRows, false)];
    if (this.#keyIndexes.every((i) => isConstant(batch.columns[i]!, numRows))) {
      const [id] = this.#idsOf({ ...batch, numRows: 1 });
      return [this.#rows(id!, kept, 0, numRows, false)];
    }
    const ids = this.#idsOf(batch);
    let runs = 1;
    for (let i = 1; i < numRows; i++) if (ids[i] !== ids[i - 1]) runs++;
    if (runs === 1) return [this.#rows(ids[0]!, kept, 0, numRows, false)];
    return numRows / runs >= RUN_ROWS ? this.#runs(kept, ids) : this.#gathered(kept, ids);
  }

  #rows(id: number, batch: ColumnBatch, from: number, to: number, owned: boolean): PartitionRows {
    return { partition: this.#partitions[id]!, batch, from, to, owned };
  }

  /** Partition of each row. */
  #idsOf({ columns, numRows }: ColumnBatch): Int32Array {
    let ids: Int32Array = new Int32Array(0);
    for (const [k, key] of this.#keys.entries()) {
      const codes = new Int32Array(numRows);
      key.codes(columns[this.#keyIndexes[k]!]!, numRows, codes);
      if (key.texts.length > MAX_CODES) throw tooMany(key.name);
      ids = k === 0 ? codes : this.#combined(this.#levels[k - 1]!, ids, codes);
    }
    return this.#partitionIds(ids);
  }

  /** Numbers for pairs of a value and those before it. */
  #combined(level: Level, before: Int32Array, codes: Int32Array): Int32Array {
    const ids = new Int32Array(codes.length);
    let id = -1;
    for (let i = 0; i < codes.length; i++) {
      if (i === 0 || codes[i] !== codes[i - 1] || before[i] !== before[i - 1]) {
        const key = before[i]! * MAX_CODES + codes[i]!;
        const known = level.ids.get(key);
        if (known === undefined) {
          id = level.pairs.push([before[i]!, codes[i]!]) - 1;
          if (id >= MAX_CODES) throw tooMany(this.#keys.map(({ name }) => name).join(", "));
          level.ids.set(key, id);
        } else id = known;
      }
      ids[i] = id;
    }
    return ids;
  }

  /** From numbers of all values together to partitions, in place. */
  #partitionIds(ids: Int32Array): Int32Array {
    let last = -1, partition = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (id !== last) {
        last = id;
        partition = this.#known[id] ?? this.#newPartition(id);
      }
      ids[i] = partition;
    }
    return ids;
  }

  #newPartition(id: number): number {
    const codes: number[] = [];
    let rest = id;
    for (let k = this.#levels.length - 1; k >= 0; k--) {
      const [before, code] = this.#levels[k]!.pairs[rest]!;
      codes.unshift(code);
      rest = before;
    }
    codes.unshift(rest);
    const names = this.#keys.map(({ name }) => name);
    const texts = codes.map((code, k) => this.#keys[k]!.texts[code]!);
    const partition = this.#partitions.push({
      path: partitionPath(names, texts),
      values: Object.fromEntries(names.map((name, k) => [name, texts[k]!])),
    }) - 1;
    this.#known[id] = partition;
    return partition;
  }

  /** Long runs of a partition each: as they are. */
  #runs(batch: ColumnBatch, ids: Int32Array): PartitionRows[] {
    const parts: PartitionRows[] = [];
    let from = 0;
    for (let i = 1; i <= ids.length; i++) {
      if (i < ids.length && ids[i] === ids[from]) continue;
      parts.push(this.#rows(ids[from]!, batch, from, i, false));
      from = i;
    }
    return parts;
  }

  #gathered(batch: ColumnBatch, ids: Int32Array): PartitionRows[] {
    const counts = new Map<number, number>();
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    const slots = new Map<number, { rows: Int32Array; used: number }>();
    for (const [id, count] of counts) slots.set(id, { rows: new Int32Array(count), used: 0 });
    for (let i = 0; i < ids.length; i++) {
      const slot = slots.get(ids[i]!)!;
      slot.rows[slot.used++] = i;
    }
    return Array.from(
      slots,
      ([id, { rows }]) => this.#rows(id, takeRows(batch, rows), 0, rows.length, true),
    );
  }
}

/** The rows of a batch, in memory of their own. */
function takeRows(batch: ColumnBatch, rows: Int32Array): ColumnBatch {
  return {
    numRows: rows.length,
    columns: batch.columns.map((column): ColumnArray => take(column, rows, "")),
    byteLength: Math.ceil(batch.byteLength * rows.length / Math.max(1, batch.numRows)),
  };
}

function tooMany(name: string): SchemaError {
  return new SchemaError(name, `Cannot partition by it: it has more than ${MAX_CODES} values`);
}
