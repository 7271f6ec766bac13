/**
 * Writes Apache Parquet from rows, columns, CSV, JSON and Arrow, encoding columns in parallel in workers.
 *
 * @example A table to a file, and what its footer says
 * ```ts
 * import { tableFromArrays } from "apache-arrow";
 * import { writeParquet } from "@parquet-ext/parquet-ext";
 *
 * const table = tableFromArrays({ id: Int32Array.of(1, 2, 3), name: ["a", "b", "c"] });
 * const metadata = await writeParquet(table, "names.parquet");
 * console.assert(metadata.numRows === 3);
 * ```
 *
 * @module
 */

export {
  type DataSource,
  toParquet,
  type TypedWriteOptions,
  type UntypedSchema,
  type WriteOptions,
  writeParquet,
} from "./src/pipeline/write_parquet.ts";
export { parquetStream } from "./src/pipeline/parquet_stream.ts";
export { ParquetWriter } from "./src/pipeline/parquet_writer.ts";
export { type Flat, type InferRow, type RowSchema, schema } from "./src/rows/schema.ts";
export type { JsonField } from "./src/rows/schema_json.ts";
export {
  type GeometryEdges,
  type NullableKeys,
  type RowOf,
  type Shape,
  t,
  type TimeUnit,
  type Types,
  type ValueOf,
} from "./src/rows/t.ts";
export type { FieldType } from "./src/rows/field_type.ts";
export type * from "./src/rows/values.ts";
export {
  type BatchSource,
  type ColumnLike,
  type Columns,
  fromColumns,
  fromRows,
  type InferOptions,
  inferSchema,
  type RowSource,
  type SourceBatch,
} from "./src/rows/batch_source.ts";
export { fromCsv } from "./src/text/from_csv.ts";
export { fromJson, fromNdjson } from "./src/text/from_json.ts";
export type { CsvOptions, SkippedRecord, TextOptions } from "./src/text/text_options.ts";
export { TextError, type TextPlace } from "./src/text/text_error.ts";
export type { TextPiece, TextSource } from "./src/text/text_source.ts";
export { fromJsonSchema } from "./src/rows/json_schema.ts";
export type { RowsLike } from "./src/pipeline/rows_like.ts";
export { AsyncArrowWriter } from "./src/pipeline/async_arrow_writer.ts";
export {
  type EncoderStage,
  Pipeline,
  type PropertiesStage,
  type ReadyStage,
  type SinkStage,
  type WriterStage,
} from "./src/pipeline/pipeline.ts";
export { ParquetEncoderStream } from "./src/pipeline/parquet_encoder_stream.ts";
export { readParquetMetadata } from "./src/file/read_parquet_metadata.ts";
export type { ReadMetadataOptions } from "./src/format/read_metadata.ts";
export type { ParquetSource } from "./src/format/parquet_source.ts";
export {
  type BoundDescription,
  type ColumnDescription,
  describeFile,
  type FileDescription,
  type RowGroupDescription,
} from "./src/file/describe_file.ts";
export type { SchemaDescription } from "./src/file/describe_schema.ts";
export { verifyParquet } from "./src/verify/verify_parquet.ts";
export type { VerifyOptions, VerifyProgress } from "./src/verify/verify_options.ts";
export type { Fault } from "./src/verify/fault.ts";
export type { RuleName } from "./src/verify/rule_name.ts";
export { mergeParquet } from "./src/merge/merge_parquet.ts";
export { appendParquet } from "./src/merge/append_parquet.ts";
export type { AppendOptions } from "./src/merge/append_options.ts";
export type { MergeNote, MergeOptions, MergeProgress } from "./src/merge/merge_options.ts";
export { FileSink, type FileSinkOptions } from "./src/sink/file_sink.ts";
export {
  type FileHandleLike,
  FileHandleSink,
  type FileWritableLike,
  type SyncAccessHandleLike,
} from "./src/sink/file_handle_sink.ts";
export { BlobSink } from "./src/sink/blob_sink.ts";
export { MemorySink } from "./src/sink/memory_sink.ts";
export { NullSink } from "./src/sink/null_sink.ts";
export type { Sink } from "./src/sink/sink.ts";
export type { SinkTarget } from "./src/store/to_sink.ts";
export {
  AbortError,
  FormatError,
  InvalidBatchError,
  LimitError,
  ObjectNotFoundError,
  ParquetError,
  type ParquetErrorOptions,
  PreconditionError,
  SchemaError,
  SinkError,
  type SinkOutcome,
  SinkTimeoutError,
  StoreError,
  type StoreErrorDetails,
  WorkerError,
  WriterStateError,
} from "./src/util/errors.ts";
export type { ArrowSource, SourceItem } from "./src/arrow/source.ts";
export type { BatchLike, SourcePart, ToArrow } from "./src/arrow/source_parts.ts";
export type { RandomAccessFile } from "./src/arrow/ipc/read_ipc.ts";
export type { RecordBatchLike, SchemaLike } from "./src/arrow/arrow_objects.ts";
export type {
  ArrowJsData,
  ArrowJsRecordBatch,
  ArrowJsTable,
  OldArrowJsTable,
} from "./src/arrow/arrow_js.ts";
export type { ArrowJsField, ArrowJsSchema, ArrowJsType } from "./src/arrow/arrow_js_type.ts";
export type {
  ArrowField,
  ArrowSchema,
  ArrowType,
  IntType,
  TimeUnit as ArrowTimeUnit,
} from "./src/arrow/types.ts";
export type { FlechetteBatch, FlechetteColumn, FlechetteTable } from "./src/arrow/flechette.ts";
export type {
  CompressionName,
  EncodingChoice,
  EncodingName,
  StatisticsLevel,
} from "./src/schema/column_properties.ts";
export type { InputLimits } from "./src/util/input_limits.ts";
export type {
  ColumnOptions,
  ContentDefinedChunkingOptions,
  Diagnostic,
  SortingColumnOption,
  WriterOptions,
  WriterProgress,
} from "./src/schema/writer_options.ts";
export type * from "./src/format/metadata.ts";
