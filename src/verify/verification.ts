/**
 * One verification of a file, from its footer to its last page.
 *
 * @module
 */

import type { ParquetMetaData } from "../format/metadata.ts";
import { openParquetSource, type ParquetSource } from "../format/parquet_source.ts";
import type { RandomAccess } from "../format/read_metadata.ts";
import { afterTurn, now, TURN_MS } from "../runtime/clock.ts";
import { AbortError } from "../util/errors.ts";
import { type InputLimitValues, resolveInputLimits } from "../util/input_limits.ts";
import { arrowSchemaClaims } from "./claims/arrow_schema_claims.ts";
import { BlockCache } from "./frame/block_cache.ts";
import { readPages } from "./frame/chunk_pages.ts";
import {
  type ChunkRanges,
  findChunkRanges,
  readChunkStructures,
} from "./frame/chunk_structures.ts";
import type { ChunkContext, ChunkVisitor } from "./chunk_visitor.ts";
import { chunkClaims } from "./claims/claims.ts";
import type { Fault } from "./fault.ts";
import { type ByteRange, FileLayout } from "./frame/file_layout.ts";
import { Findings } from "./findings.ts";
import { readFooter } from "./frame/footer.ts";
import { reportGaps } from "./frame/gaps.ts";
import { geoMetadataClaims } from "./claims/geo_metadata_claims.ts";
import type { GeoColumnClaims } from "./claims/geo_value_claims.ts";
import type { LeafColumn } from "./leaf_column.ts";
import { hasWidth, readLeafColumns } from "./frame/leaf_columns.ts";
import { DecodingResources } from "./pages/decoding_resources.ts";
import { checkRowGroups } from "./frame/row_group_claims.ts";
import { readSchema } from "./frame/schema_shape.ts";
import { sortingClaims } from "./claims/sorting.ts";
import type { Steps } from "../util/steps.ts";
import type { VerifyOptions } from "./verify_options.ts";

const MAGIC_BYTES = 4;
const TRAILER_BYTES = 8;

/** Verifies a file, its pages only where `depth` is `"all"`: see `verifyParquet` and `verifyFrame`. */
export async function verifyFile(
  source: ParquetSource,
  options: VerifyOptions,
  depth: "all" | "frame",
): Promise<Fault[]> {
  const limits = resolveInputLimits(options.limits);
  const file = await openParquetSource(source);
  try {
    const findings = new Findings();
    // Bytes in memory need no cache.
    const isFile = typeof source === "string" || source instanceof URL || source instanceof Blob;
    const cached = isFile ? new BlockCache(file) : file;
    await new Verification(cached, findings, options, limits).run(depth);
    const faults = findings.list();
    return options.remarks ? faults : faults.filter(({ severity }) => severity === "fault");
  } finally {
    await file.close();
  }
}

class Verification {
  readonly #file: RandomAccess;
  readonly #findings: Findings;
  readonly #options: VerifyOptions;
  readonly #resources: DecodingResources;
  #rows = 0;
  #bytes = 0;
  #lastTurn = now();

  constructor(
    file: RandomAccess,
    findings: Findings,
    options: VerifyOptions,
    limits: InputLimitValues,
  ) {
    this.#file = file;
    this.#findings = findings;
    this.#options = options;
    this.#resources = new DecodingResources(limits);
  }

  async run(depth: "all" | "frame"): Promise<void> {
    this.#throwIfAborted();
    const { maxFooterBytes = this.#resources.limits.maxFooterBytes } = this.#options;
    const footer = await readFooter(
      this.#findings,
      this.#file,
      maxFooterBytes,
      (steps) => this.#finished(steps),
    );
    if (footer === null) return;
    const { metadata, offset } = footer;
    await this.#onStep(0);
    const tree = readSchema(this.#findings, metadata.schema);
    if (tree === null) return;
    const leaves = readLeafColumns(this.#findings, metadata, tree);
    await this.#onStep(0);
    await this.#finished(checkRowGroups(this.#findings, metadata, leaves));
    arrowSchemaClaims(this.#findings, metadata, leaves);
    const geo = geoMetadataClaims(this.#findings, metadata, leaves);
    await this.#checkData(metadata, leaves, offset, geo, depth);
  }

  async #checkData(
    metadata: ParquetMetaData,
    leaves: readonly LeafColumn[],
    dataEnd: number,
    geo: ReadonlyMap<number, GeoColumnClaims>,
    depth: "all" | "frame",
  ): Promise<void> {
    const { byteLength } = this.#file;
    const layout = new FileLayout();
    layout.add({ kind: "magic", start: 0, end: MAGIC_BYTES, place: {} });
    layout.add({ kind: "footer", start: dataEnd, end: byteLength - TRAILER_BYTES, place: {} });
    layout.add({ kind: "magic", start: byteLength - TRAILER_BYTES, end: byteLength, place: {} });
    const ranges = await findChunkRanges(
      this.#findings,
      this.#file,
      metadata,
      leaves,
      layout,
      dataEnd,
      () => this.#onStep(0),
    );
    const { within, gaps } = layout.check(this.#findings, byteLength);
    if (depth === "frame") return;
    await reportGaps(this.#findings, this.#file, metadata, gaps, () => this.#onStep(0));
    for (const [index, rowGroup] of metadata.rowGroups.entries()) {
      const group = new RowGroupReader(this.#file, this.#findings, metadata, index, {
        leaves,
        ranges: ranges[index]!,
        within,
        geo,
        resources: this.#resources,
        onStep: (length) => this.#onStep(length),
      });
      await group.verify();
      this.#rows += rowGroup.numRows;
    }
    this.#reportProgress();
  }

  /** Does all steps, and gives others their turn between them. */
  async #finished<T>(steps: Steps<T>): Promise<T> {
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      const turn = this.#onStep(0);
      if (turn !== null) await turn;
    }
  }

  #onStep(byteLength: number): Promise<void> | null {
    this.#bytes += byteLength;
    if (now() - this.#lastTurn < TURN_MS) return null;
    return this.#turn();
  }

  #reportProgress(): void {
    const { byteLength } = this.#file;
    this.#options.onProgress?.({ rows: this.#rows, bytes: this.#bytes, totalBytes: byteLength });
  }

  async #turn(): Promise<void> {
    this.#reportProgress();
    await new Promise<void>(afterTurn);
    this.#throwIfAborted();
    this.#lastTurn = now();
  }

  #throwIfAborted(): void {
    const { signal } = this.#options;
    if (signal?.aborted) throw new AbortError("Cannot verify: aborted", { cause: signal.reason });
  }
}

/** What reading the chunks of a row group takes. */
interface RowGroupSource {
  readonly leaves: readonly LeafColumn[];
  readonly ranges: readonly ChunkRanges[];
  readonly within: ReadonlySet<ByteRange>;
  readonly geo: ReadonlyMap<number, GeoColumnClaims>;
  readonly resources: DecodingResources;
  readonly onStep: (byteLength: number) => Promise<void> | null;
}

class RowGroupReader {
  readonly #file: RandomAccess;
  readonly #findings: Findings;
  readonly #metadata: ParquetMetaData;
  readonly #index: number;
  readonly #source: RowGroupSource;

  constructor(
    file: RandomAccess,
    findings: Findings,
    metadata: ParquetMetaData,
    index: number,
    source: RowGroupSource,
  ) {
    this.#file = file;
    this.#findings = findings;
    this.#metadata = metadata;
    this.#index = index;
    this.#source = source;
  }

  async verify(): Promise<void> {
    const { leaves, ranges, within } = this.#source;
    const rowGroup = this.#metadata.rowGroups[this.#index]!;
    // More columns than leaves, or fewer, were reported.
    const count = Math.min(leaves.length, rowGroup.columns.length);
    for (let i = 0; i < count; i++) {
      const structures = await readChunkStructures(this.#findings, this.#file, ranges[i]!, within);
      const context = { ...this.#contextOf(i, this.#findings), ...structures };
      if (this.#isReadable(i)) await this.#read(context, chunkClaims(context));
      await this.#source.onStep(0);
    }
    await sortingClaims(
      this.#findings,
      rowGroup,
      this.#index,
      leaves,
      // What is wrong with the pages was reported when they were read for the first time.
      (i, visitor) => this.#rescan(i, visitor),
    );
  }

  async #rescan(index: number, visitor: ChunkVisitor): Promise<void> {
    const { leaves } = this.#source;
    const { columns } = this.#metadata.rowGroups[this.#index]!;
    if (index < Math.min(leaves.length, columns.length) && this.#isReadable(index)) {
      await this.#read(this.#contextOf(index, new Findings()), visitor);
    } else visitor.finish(false);
  }

  #contextOf(index: number, findings: Findings): ChunkContext {
    const rowGroup = this.#metadata.rowGroups[this.#index]!;
    const geo = this.#source.geo.get(index);
    return {
      findings,
      column: this.#source.leaves[index]!,
      rowGroup,
      rowGroupIndex: this.#index,
      chunk: rowGroup.columns[index]!,
      columnIndex: null,
      offsetIndex: null,
      bloomFilter: null,
      ...(geo === undefined ? {} : { geo }),
    };
  }

  #isReadable(index: number): boolean {
    const { leaves, ranges, within } = this.#source;
    const { pages } = ranges[index]!;
    const { metaData } = this.#metadata.rowGroups[this.#index]!.columns[index]!;
    const leaf = leaves[index]!;
    return pages !== null && !within.has(pages) && hasWidth(leaf) &&
      metaData.type === leaf.physicalType;
  }

  async #read(context: ChunkContext, visitor: ChunkVisitor): Promise<void> {
    const { start, end } = this.#source.ranges[context.column.index]!.pages!;
    const { resources, onStep } = this.#source;
    await readPages(context, { file: this.#file, start, end, resources, onStep }, visitor);
  }
}
