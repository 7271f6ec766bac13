/**
 * From raw columns to a checked column batch.
 *
 * @module
 */

import { InvalidBatchError, SchemaError } from "../util/errors.ts";
import { DEFAULT_INPUT_LIMITS, type InputLimitValues } from "../util/input_limits.ts";
import type { Steps } from "../util/steps.ts";
import { Allowance } from "./allowance.ts";
import type { Tally, ValueCheck } from "./array_node.ts";
import type { ColumnArray, ColumnBatch } from "./column_array.ts";
import type { KeptDictionaries } from "./kept_dictionaries.ts";
import { convertArray } from "./convert_array.ts";
import type { BatchMemory } from "./batch_memory.ts";
import type { AscendingCheck } from "../util/ascending_offsets.ts";
import { areAscending } from "./offsets.ts";
import { bufferBytes, type RawArray, shortened } from "./raw_array.ts";
import { columnScope } from "./scope.ts";
import type { ArrowSchema } from "./types.ts";

/** How batches are checked. */
export interface ColumnBatchOptions {
  /** Whether Date64 is going to be written as days, which have less room. Default: false. */
  readonly coerceTypes?: boolean;
  /** What values have to be besides what their type says, by the dotted path of the field. Looked at for each batch. Default: nothing. */
  readonly checks?: ReadonlyMap<string, ValueCheck>;
  /** What a batch may cost. Default: the limits that hold where nobody says otherwise. */
  readonly limits?: InputLimitValues;
  /** Copies of dictionaries that come again and again, of one writer. Default: none are kept. */
  readonly kept?: KeptDictionaries;
  /** How offsets are looked at. Default: in plain loops. */
  readonly ascending?: AscendingCheck;
  /** For what is gathered from a batch, and used no more once the caller releases it. Default: fresh memory. */
  readonly memory?: BatchMemory;
  /** What is left of what the batch may cost, where it comes in slices. Default: what `limits` allow. */
  readonly allowance?: Allowance;
}

/** Columns of a batch, unchecked. */
export interface RawBatch {
  readonly numRows: number;
  readonly columns: readonly RawArray[];
  /** Bytes that the batch came in. Where it is absent, its buffers count. */
  readonly byteLength?: number | undefined;
  /** What the first row is called in errors. Default: 0. */
  readonly firstRow?: number;
}

/** One object, so that what was checked before can be seen to have been checked alike. */
const NO_CHECKS: ReadonlyMap<string, ValueCheck> = new Map();

/**
 * Checks raw columns and brings them into shape.
 *
 * @param schema Their schema.
 * @param raw The columns, and how many rows they should have.
 * @throws {SchemaError} When there are more or fewer columns than fields.
 * @throws {InvalidBatchError} When they contradict the Arrow format or the schema.
 * @throws {LimitError} When a value has no room in Parquet, or the batch takes more than `limits` allow.
 */
export function toColumnBatch(
  schema: ArrowSchema,
  raw: RawBatch,
  options: ColumnBatchOptions = {},
): ColumnBatch {
  const walk = new Walk(schema, raw, options);
  for (let i = 0; i < schema.fields.length; i++) walk.convert(i);
  return walk.batch();
}

/** {@linkcode toColumnBatch} in steps, a column each, between which others may have their turn. */
export function* columnBatchSteps(
  schema: ArrowSchema,
  raw: RawBatch,
  options: ColumnBatchOptions = {},
): Steps<ColumnBatch> {
  const walk = new Walk(schema, raw, options);
  for (let i = 0; i < schema.fields.length; i++) {
    walk.convert(i);
    yield;
  }
  return walk.batch();
}

/** What a batch may cost. */
export function allowanceOf(
  { byteLength, columns }: Pick<RawBatch, "byteLength" | "columns">,
  { limits = DEFAULT_INPUT_LIMITS }: ColumnBatchOptions,
): Allowance {
  return new Allowance(limits, () => byteLength ?? bufferBytes(columns));
}

/** One walk over the columns of a batch. */
class Walk {
  readonly #schema: ArrowSchema;
  readonly #raw: RawBatch;
  readonly #tally: Tally;
  readonly #converted: ColumnArray[] = [];

  constructor(schema: ArrowSchema, raw: RawBatch, options: ColumnBatchOptions) {
    assertColumnCount(raw.columns.length, schema);
    const { checks = NO_CHECKS, coerceTypes = false, kept = null, memory = null } = options;
    const { allowance = allowanceOf(raw, options), ascending = areAscending } = options;
    this.#schema = schema;
    this.#raw = raw;
    this.#tally = { byteLength: 0, allowance, coerceTypes, checks, kept, ascending, memory };
  }

  /** Converts column `i`, the next one. */
  convert(i: number): void {
    const { numRows, columns, firstRow } = this.#raw;
    const column = columns[i]!, field = this.#schema.fields[i]!;
    if (column.length < numRows) {
      throw new InvalidBatchError(
        field.name,
        column.length,
        `Cannot read a column of ${column.length} slots: the batch has ${numRows} rows`,
      );
    }
    this.#converted.push(convertArray(field, {
      raw: column.length === numRows ? column : shortened(column, numRows),
      scope: columnScope(field.name, firstRow),
      from: 0,
      to: numRows,
      tally: this.#tally,
    }));
  }

  /** All of them. */
  batch(): ColumnBatch {
    const { byteLength } = this.#tally;
    return { numRows: this.#raw.numRows, columns: this.#converted, byteLength };
  }
}

/** @throws {SchemaError} When a batch has more or fewer columns than its schema has fields. */
export function assertColumnCount(count: number, { fields }: ArrowSchema): void {
  if (count !== fields.length) {
    throw new SchemaError(
      "",
      `Cannot read a batch of ${count} columns: the schema has ${fields.length}`,
    );
  }
}
