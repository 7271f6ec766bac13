/**
 * One input of a merge: opened, looked at, found fit.
 *
 * @module
 */

import { mapColumns } from "./schema_agreement.ts";
import type { ParquetMetaData } from "../format/metadata.ts";
import {
  type OpenParquetSource,
  openParquetSource,
  type ParquetSource,
} from "../format/parquet_source.ts";
import { readFileMetaData } from "../format/read_metadata.ts";
import { buildSchemaTree, type SchemaTree } from "../format/schema_tree.ts";
import { messageOf, ParquetError } from "../util/errors.ts";
import { verifyFrame, verifyParquet } from "../verify/verify_parquet.ts";
import { mend, Omissions, refuseForeign } from "./mending.ts";
import type { MergeNote, ResolvedMergeOptions } from "./merge_options.ts";

/** What files of this library say they were written by. */
const OWN = /^parquet-ext version /;

/** An input that was looked at. */
export interface MergeInput {
  /** Ordinal among the inputs. */
  readonly index: number;
  /** For messages. */
  readonly name: string;
  readonly source: ParquetSource;
  readonly byteLength: number;
  readonly metadata: ParquetMetaData;
  readonly tree: SchemaTree;
  /** For each column of the merged file, its ordinal here. */
  readonly columns: readonly number[];
  /** What is left out of it. */
  readonly omissions: Omissions;
}

/** A row group of an input. */
export interface RowGroupPart {
  readonly input: MergeInput;
  /** Ordinal in the input. */
  readonly ordinal: number;
}

/** The name of an input: its path or URL, or its number. */
export function nameOf(source: ParquetSource, index: number): string {
  return typeof source === "string"
    ? source
    : source instanceof URL
    ? source.href
    : `input ${index + 1}`;
}

/** Opens a source, calls, and closes it whatever happens. */
export async function withSource<T>(
  { source, name }: Pick<MergeInput, "source" | "name">,
  use: (file: OpenParquetSource) => Promise<T>,
): Promise<T> {
  const file = await openParquetSource(source);
  try {
    return await use(file);
  } catch (error) {
    throw naming(name, error);
  } finally {
    await file.close();
  }
}

/** Says which input cannot be read, where an error of reading does not. */
function naming(name: string, error: unknown): unknown {
  if (!(error instanceof ParquetError)) return error;
  const { message } = error;
  if (message.includes(name) || !message.startsWith("Cannot read ")) return error;
  error.message = `Cannot merge ${name}: ${messageOf(error).replace(/^Cannot read [^:]*: /, "")}`;
  return error;
}

/**
 * Reads what the footer of an input says.
 *
 * @param first The first input, whose schema the merged file has; `null` for itself.
 * @throws {FormatError} When it is no Parquet file, or encrypted.
 * @throws {SchemaError} When its columns are not those of `first`.
 */
export async function readInput(
  source: ParquetSource,
  index: number,
  first: MergeInput | null,
  { limits }: ResolvedMergeOptions,
): Promise<MergeInput> {
  const name = nameOf(source, index);
  return await withSource({ source, name }, async (file) => {
    const metadata = await readFileMetaData(file, { limits });
    refuseForeign(metadata, name);
    const tree = buildSchemaTree(metadata.schema);
    return {
      index,
      name,
      source,
      byteLength: file.byteLength,
      metadata,
      tree,
      columns: mapColumns(first?.tree ?? tree, tree, name, first?.name ?? name),
      omissions: new Omissions(),
    };
  });
}

/**
 * Checks an input: its structure, and all of it where that is asked for, or where another library wrote it. What must be left out of it
 * is noted in its omissions.
 *
 * @throws {FormatError} When it breaks a rule that a merge cannot mend.
 */
export async function checkInput(
  { source, name, index, metadata, omissions }: MergeInput,
  { verify, limits, signal }: ResolvedMergeOptions,
  note: (note: MergeNote) => void,
): Promise<void> {
  const whole = verify ?? !OWN.test(metadata.createdBy ?? "");
  const options = { limits, ...(signal === null ? {} : { signal }) };
  const faults = whole ? await verifyParquet(source, options) : await verifyFrame(source, options);
  for (const { fault: { rule, rowGroup, column }, message } of mend(faults, name, omissions)) {
    note({
      input: index,
      source: name,
      rule,
      message,
      ...(rowGroup === undefined ? {} : { rowGroup }),
      ...(column === undefined ? {} : { column }),
    });
  }
}
