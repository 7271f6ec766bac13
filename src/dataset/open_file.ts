/**
 * A file of a dataset that is being written.
 *
 * @module
 */

import { encoderResources, type Encoders } from "../executor/encoder_resources.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { WriteEnd } from "../pipeline/write_end.ts";
import { WriterCore } from "../pipeline/writer_core.ts";
import { planWriter } from "../pipeline/writer_plan.ts";
import { now } from "../runtime/clock.ts";
import type { ResolvedOptions } from "../schema/writer_options.ts";
import type { Sink } from "../sink/sink.ts";
import { type DataFile, describeDataFile } from "./data_file.ts";
import type { Partition, PartitionRows } from "./partition_splitter.ts";

/** Writes one file. */
export class OpenFile {
  readonly partition: Partition;
  /** Relative to the dataset. */
  readonly path: string;
  readonly core: WriterCore;
  /** When it was begun. */
  readonly since = now();
  readonly #hidesNans: (column: number) => boolean;
  #rows = 0;
  #arrowBytes = 0;

  /** Begins a file; nothing is written yet. */
  constructor(
    partition: Partition,
    path: string,
    sink: Sink,
    schema: ArrowSchema,
    options: ResolvedOptions,
    encoders: Encoders,
  ) {
    this.partition = partition;
    this.path = path;
    const plan = planWriter(schema, options);
    const end = new WriteEnd(sink, { signal: null, sinkTimeoutMs: options.sinkTimeoutMs });
    const { columns } = plan.schema;
    this.#hidesNans = (i) => columns[i]!.properties.nanBounds;
    this.core = new WriterCore(end, plan, encoderResources(columns, options, undefined, encoders));
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of a row in the file; `null`: no row group has been written yet. */
  get bytesPerRow(): number | null {
    const { bytesWritten, progress: { rowsWritten } } = this.core;
    return rowsWritten > 0 ? bytesWritten / rowsWritten : null;
  }

  /**
   * Bytes that the file would have if it ended now, about.
   *
   * @param perRow Of other files, where this one does not know yet; `null`: Arrow bytes are all that is known.
   */
  bytes(perRow: number | null): number {
    const { bytesWritten, progress: { rowsWritten } } = this.core;
    const own = this.bytesPerRow ?? perRow;
    return own === null ? this.#arrowBytes : bytesWritten + (this.#rows - rowsWritten) * own;
  }

  /** Appends rows `from` to `to` of what belongs to its partition. */
  append({ batch }: PartitionRows, from: number, to: number): Promise<void> {
    this.#rows += to - from;
    this.#arrowBytes += batch.byteLength * (to - from) / Math.max(1, batch.numRows);
    return from === 0 && to === batch.numRows
      ? this.core.append(batch)
      : this.core.appendRows(batch, from, to);
  }

  /** Ends the file. */
  async close(): Promise<DataFile> {
    const metadata = await this.core.close();
    return await describeDataFile(
      {
        path: this.path,
        size: this.core.bytesWritten,
        partitionValues: this.partition.values,
      },
      metadata,
      this.#hidesNans,
    );
  }
}
