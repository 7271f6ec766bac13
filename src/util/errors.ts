/**
 * Every error that this library raises on purpose.
 *
 * Wrong arguments are the built-in `TypeError` and `RangeError`. Everything that a program may want to tell apart at run
 * time is a {@linkcode ParquetError}.
 *
 * @module
 */

/** Options shared by all errors of this library. */
export interface ParquetErrorOptions {
  /** What led to this error. */
  readonly cause?: unknown;
}

/** The class that all errors of this library extend. */
export class ParquetError extends Error {
  /** Name of the class. */
  override readonly name: string = "ParquetError";
}

/** A schema that cannot be written as Parquet, or a batch whose schema is not the writer's. */
export class SchemaError extends ParquetError {
  /** Name of the class. */
  override readonly name = "SchemaError";
  /** Dotted path of the field, from the root; empty when the schema as a whole is meant. */
  readonly path: string;

  /** Creates the error for the field at `path`. */
  constructor(path: string, message: string, options?: ParquetErrorOptions) {
    super(path === "" ? message : `${message} (column "${path}")`, options);
    this.path = path;
  }
}

/** A record batch that contradicts the Arrow format or its own schema. Nothing of it has been written. */
export class InvalidBatchError extends ParquetError {
  /** Name of the class. */
  override readonly name = "InvalidBatchError";
  /** Dotted path of the field, from the root. */
  readonly path: string;
  /** Row within the batch, from 0; -1 where no single row is at fault. */
  readonly row: number;

  /** Creates the error for one row of the field at `path`. */
  constructor(path: string, row: number, message: string, options?: ParquetErrorOptions) {
    super(`${message} (column "${path}"${row < 0 ? "" : `, row ${row}`})`, options);
    this.path = path;
    this.row = row;
  }
}

/** Bytes that are not what they should be: an Arrow IPC stream, or a Parquet file, that cannot be read. */
export class FormatError extends ParquetError {
  /** Name of the class. */
  override readonly name: string = "FormatError";
}

/** A value, a count or a size that Parquet, or this writer, has no room for. */
export class LimitError extends ParquetError {
  /** Name of the class. */
  override readonly name = "LimitError";
  /** Dotted path of the column; empty when the file as a whole is meant. */
  readonly path: string;
  /** Row within the batch (or within the row group, where the message says so), from 0; -1 where no single row is at fault. */
  readonly row: number;

  /** Creates the error for one row of the column at `path`. */
  constructor(path: string, row: number, message: string, options?: ParquetErrorOptions) {
    super(
      path === "" ? message : `${message} (column "${path}"${row < 0 ? "" : `, row ${row}`})`,
      options,
    );
    this.path = path;
    this.row = row;
  }
}

/**
 * What became of the target of a write that did not succeed: `"failed"`: nothing was published, a file is what it was before;
 * `"unknown"`: the sink was committing and gave no clear answer, so that the target may be the old one or the new, complete one.
 */
export type SinkOutcome = "failed" | "unknown";

/** The sink refused bytes, or failed while it committed or aborted. */
export class SinkError extends ParquetError {
  /** Name of the class. */
  override readonly name: string = "SinkError";
  /** Bytes that the sink had accepted before. */
  readonly bytesAccepted: number;
  /** `"unknown"` when the commit itself failed, unless the sink says that nothing was published. */
  readonly outcome: SinkOutcome;

  /** Creates the error. */
  constructor(
    message: string,
    details: { bytesAccepted: number; outcome?: SinkOutcome; cause?: unknown },
  ) {
    super(message, { cause: details.cause });
    this.bytesAccepted = details.bytesAccepted;
    this.outcome = details.outcome ?? "failed";
  }
}

/** The sink did not settle within `sinkTimeoutMs`. */
export class SinkTimeoutError extends SinkError {
  /** Name of the class. */
  override readonly name = "SinkTimeoutError";
}

/** An encoder worker crashed, trapped, ran out of memory or fell silent. */
export class WorkerError extends ParquetError {
  /** Name of the class. */
  override readonly name = "WorkerError";
  /** Row group that was being encoded, from 0; -1 where unknown. */
  readonly rowGroup: number;
  /** Dotted path of the column that was being encoded; empty where unknown. */
  readonly column: string;

  /** Creates the error. */
  constructor(message: string, details: { rowGroup: number; column: string; cause?: unknown }) {
    super(message, { cause: details.cause });
    this.rowGroup = details.rowGroup;
    this.column = details.column;
  }
}

/** The writer was aborted, by its `signal` or by a call of `abort`. `cause` is the reason given. */
export class AbortError extends ParquetError {
  /** Name of the class. */
  override readonly name = "AbortError";
  /** `"unknown"` when the sink was committing by then and did not answer in time; else nothing was published. */
  readonly outcome: SinkOutcome;

  /** Creates the error. */
  constructor(message: string, options: ParquetErrorOptions & { outcome?: SinkOutcome } = {}) {
    super(message, options);
    this.outcome = options.outcome ?? "failed";
  }
}

/**
 * A table that cannot be read or written: it is not there, its log is damaged, it has features that this library does not honour, or files
 * are not of it. Nothing was committed.
 */
export class TableError extends ParquetError {
  /** The name of the class. */
  override readonly name = "TableError";
}

/** The writer was called after it was closed, or after it failed; `cause` is the first failure. */
export class WriterStateError extends ParquetError {
  /** Name of the class. */
  override readonly name = "WriterStateError";
}

/** What is known of a request to a store that failed. */
export interface StoreErrorDetails extends ParquetErrorOptions {
  /** HTTP status; `undefined` where there was no answer, or the store is a file system. */
  readonly status?: number | undefined;
  /** The store's own name of the error, such as `"AccessDenied"`. */
  readonly code?: string | undefined;
  /** The store's number of the request, which its operators ask for. */
  readonly requestId?: string | undefined;
  /** Whether what was asked for may have happened all the same. Default `"failed"`: it has not. */
  readonly outcome?: SinkOutcome | undefined;
}

/** A request to a store (a bucket, a container, a folder) that failed, after all its attempts. Credentials are never told. */
export class StoreError extends ParquetError {
  /** Name of the class. */
  override readonly name: string = "StoreError";
  /** {@linkcode StoreErrorDetails.status} */
  readonly status: number | undefined;
  /** {@linkcode StoreErrorDetails.code} */
  readonly code: string | undefined;
  /** {@linkcode StoreErrorDetails.requestId} */
  readonly requestId: string | undefined;
  /** {@linkcode StoreErrorDetails.outcome} */
  readonly outcome: SinkOutcome;

  /** Creates the error. */
  constructor(message: string, details: StoreErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId;
    this.outcome = details.outcome ?? "failed";
  }
}

/** There is no object of that key, or no such bucket or container. */
export class ObjectNotFoundError extends StoreError {
  /** Name of the class. */
  override readonly name = "ObjectNotFoundError";
}

/** A condition does not hold: there is an object already (`ifAbsent`, `overwrite: false`), or another version of it (`ifMatch`). */
export class PreconditionError extends StoreError {
  /** Name of the class. */
  override readonly name = "PreconditionError";
}

/** What an error, or whatever else was thrown, says. Never throws, and knows errors of other realms. */
export function messageOf(error: unknown): string {
  try {
    const { message } = Object(error) as { message?: unknown };
    return typeof message === "string" && message !== "" ? message : String(error);
  } catch {
    return "an error that cannot be read";
  }
}

/** What a failed write says about its target: its `outcome`, `"failed"` or `"unknown"`; `undefined` where it says nothing. */
export function outcomeOf(error: unknown): SinkOutcome | undefined {
  try {
    const { outcome } = Object(error) as { outcome?: unknown };
    return outcome === "failed" || outcome === "unknown" ? outcome : undefined;
  } catch {
    return undefined;
  }
}
