/**
 * Reads the pages of column chunks: levels and values as the file has them, every byte checked on the way.
 *
 * @module
 */

import type { ParquetMetaData } from "../format/metadata.ts";
import { type RandomAccess, readFileMetaData } from "../format/read_metadata.ts";
import { buildSchemaTree, type SchemaTree } from "../format/schema_tree.ts";
import { afterTurn, now, TURN_MS } from "../runtime/clock.ts";
import { AbortError, FormatError } from "../util/errors.ts";
import { type InputLimits, resolveInputLimits } from "../util/input_limits.ts";
import type { ChunkVisitor } from "../verify/chunk_visitor.ts";
import type { DecodedDictionary, DecodedPage } from "../verify/decoded_page.ts";
import { Findings } from "../verify/findings.ts";
import { readPages } from "../verify/frame/chunk_pages.ts";
import { hasWidth, readLeafColumns } from "../verify/frame/leaf_columns.ts";
import { chunkStart } from "../verify/frame/row_group_claims.ts";
import type { LeafColumn } from "../verify/leaf_column.ts";
import { DecodingResources } from "../verify/pages/decoding_resources.ts";
import { RULES } from "../verify/rules.ts";

/** How chunks are read. */
export interface ChunkReaderOptions {
  /** What the file may cost. */
  readonly limits?: InputLimits | undefined;
  /** Ends the reading with an {@linkcode AbortError}. */
  readonly signal?: AbortSignal | undefined;
}

/** Takes the pages of a chunk, in order. What they hold is valid until the call returns; dictionaries until the chunk ends. */
export interface PageVisitor {
  /** The dictionary page, before any data page. */
  dictionary?(page: DecodedDictionary): void;
  /** A data page. */
  page(page: DecodedPage): void;
}

/** The leaf columns of a file. */
export function leafColumns(
  metadata: ParquetMetaData,
  tree: SchemaTree = buildSchemaTree(metadata.schema),
): readonly LeafColumn[] {
  // What is wrong with annotations keeps nobody from reading.
  return readLeafColumns(new Findings(), metadata, tree);
}

/** Reads column chunks of one file, in any order, one at a time. */
export class ChunkReader {
  readonly metadata: ParquetMetaData;
  readonly tree: SchemaTree;
  /** Leaves of the schema, in the order of the columns. */
  readonly columns: readonly LeafColumn[];
  readonly #file: RandomAccess;
  readonly #resources: DecodingResources;
  readonly #signal: AbortSignal | undefined;
  #lastTurn = now();

  private constructor(
    file: RandomAccess,
    metadata: ParquetMetaData,
    { limits, signal }: ChunkReaderOptions,
  ) {
    this.#file = file;
    this.metadata = metadata;
    this.tree = buildSchemaTree(metadata.schema);
    this.columns = leafColumns(metadata, this.tree);
    this.#resources = new DecodingResources(resolveInputLimits(limits));
    this.#signal = signal;
  }

  /**
   * Opens a file.
   *
   * @param metadata Of the file, where it was read before.
   * @throws {FormatError} When it is no Parquet file, or encrypted.
   */
  static async open(
    file: RandomAccess,
    options: ChunkReaderOptions = {},
    metadata?: ParquetMetaData,
  ): Promise<ChunkReader> {
    const { limits } = options;
    const read = metadata ?? await readFileMetaData(file, limits === undefined ? {} : { limits });
    return new ChunkReader(file, read, options);
  }

  /**
   * Reads a column chunk.
   *
   * @param rowGroup Ordinal of the row group.
   * @param leaf Ordinal of the column.
   * @throws {FormatError} When the chunk cannot be decoded, its checksums do not match, or it has fewer or more rows or values than the
   * footer says.
   * @throws {AbortError} When `signal` fired.
   */
  async read(rowGroup: number, leaf: number, visitor: PageVisitor): Promise<void> {
    const group = this.metadata.rowGroups[rowGroup]!;
    const column = this.columns[leaf]!;
    const chunk = group.columns[leaf];
    const fault = (state: string) =>
      new FormatError(`Cannot read row group ${rowGroup}, column "${column.name}": ${state}`);
    if (chunk === undefined) throw fault("the row group has no such column");
    const { metaData, cryptoMetadata, filePath } = chunk;
    if (cryptoMetadata !== undefined) throw fault("it is encrypted");
    if (filePath !== undefined) throw fault(`it is in another file, ${filePath}`);
    if (metaData.type !== column.physicalType || !hasWidth(column)) {
      throw fault(`it is ${metaData.type}, the schema says ${column.physicalType}`);
    }
    const start = chunkStart(chunk), end = start + metaData.totalCompressedSize;
    if (!(start >= 0 && start <= end && end <= this.#file.byteLength)) {
      throw fault(`its bytes ${start} to ${end} are not within the file`);
    }
    const findings = new Findings();
    const context = {
      findings,
      column,
      rowGroup: group,
      rowGroupIndex: rowGroup,
      chunk,
      columnIndex: null,
      offsetIndex: null,
      bloomFilter: null,
    };
    let isComplete = false, rows = 0, values = 0;
    const counting: ChunkVisitor = {
      dictionary: (page) => visitor.dictionary?.(page),
      page: (page) => {
        rows += page.rows;
        values += page.entries;
        visitor.page(page);
      },
      finish: (complete) => isComplete = complete,
    };
    const source = {
      file: this.#file,
      start,
      end,
      resources: this.#resources,
      onStep: () => this.#turn(),
    };
    await readPages(context, source, counting);
    if (!isComplete || findings.count("page-checksum") > 0) {
      const found = findings.list().find(({ rule }) => RULES[rule].severity === "fault");
      throw fault(found?.message ?? "its pages cannot be decoded");
    }
    if (rows !== group.numRows || values !== metaData.numValues) {
      throw fault(
        `its pages have ${rows} rows and ${values} values, the footer says ${group.numRows} and ${metaData.numValues}`,
      );
    }
  }

  #turn(): Promise<void> | null {
    if (this.#signal?.aborted) {
      throw new AbortError("Cannot read: aborted", { cause: this.#signal.reason });
    }
    if (now() - this.#lastTurn < TURN_MS) return null;
    return new Promise<void>(afterTurn).then(() => {
      this.#lastTurn = now();
    });
  }
}
