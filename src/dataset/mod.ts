/**
 * Datasets: folders of Parquet files, partitioned as Hive and Spark do it.
 *
 * @module
 */

export {
  type DatasetTarget,
  DatasetWriter,
  writeDataset,
  type WriteDatasetOptions,
} from "./dataset_writer.ts";
export type { DatasetOptions } from "./dataset_options.ts";
export type { DataFile, DataFileBound, DataFileColumn } from "./data_file.ts";
export type {
  ByteRange,
  GetOptions,
  ListOptions,
  ObjectInfo,
  PutOptions,
  RequestOptions,
  Store,
  StoreSinkOptions,
} from "../store/store.ts";
