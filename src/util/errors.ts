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
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/** The class that all errors of this library extend. */
export class ParquetError extends Error {
  /** Name of the class. */
  override readonly name: string = "ParquetError";
}

/** A schema that cannot be written as Parquet, or a batch whose schema differs from that of the writer. */
export class SchemaError extends ParquetError {
  /** Name of the class. */
  override readonly name = "SchemaError";
  /** Dotted path of the field, from the root; empty if the error concerns the whole schema. */
  readonly path: string;

  /** Creates the error for the field at `path`. */
  constructor(path: string, message: string, options?: ParquetErrorOptions) {
    super(path === "" ? message : `${message} (column "${path}")`, options);
    this.path = path;
  }
}

/** A batch or row that contradicts the Arrow format or its schema. Nothing of it was written. */
export class InvalidBatchError extends ParquetError {
  /** Name of the class. */
  override readonly name = "InvalidBatchError";
  /** Dotted path of the field, from the root; empty if the error concerns the whole row or batch. */
  readonly path: string;
  /** Row within the batch, from 0; -1 if the error is not about a single row. */
  readonly row: number;

  /** Creates the error for one row of the field at `path`. */
  constructor(path: string, row: number, message: string, options?: ParquetErrorOptions) {
    const places = [
      ...(path === "" ? [] : [`column "${path}"`]),
      ...(row < 0 ? [] : [`row ${row}`]),
    ];
    super(places.length === 0 ? message : `${message} (${places.join(", ")})`, options);
    this.path = path;
    this.row = row;
  }
}

/** Bytes that cannot be read as what they should be, such as an Arrow IPC stream or a Parquet file. */
export class FormatError extends ParquetError {
  /** Name of the class. */
  override readonly name: string = "FormatError";
}

/** A value, a count or a size that is too large for Parquet or for this writer. */
export class LimitError extends ParquetError {
  /** Name of the class. */
  override readonly name = "LimitError";
  /** Dotted path of the column; empty if the error concerns the whole file. */
  readonly path: string;
  /** Row within the batch (or within the row group, if the message says so), from 0; -1 if the error is not about a single row. */
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
 * The state of the target after a failed write. `"failed"`: nothing was published, and a file is unchanged. `"unknown"`: the sink was
 * committing and gave no clear answer, so the target may be the old or the complete new one.
 */
export type SinkOutcome = "failed" | "unknown";

/** The sink refused bytes, or failed while it committed or aborted. */
export class SinkError extends ParquetError {
  /** Name of the class. */
  override readonly name: string = "SinkError";
  /** Bytes that the sink had accepted. */
  readonly bytesAccepted: number;
  /** `"unknown"` if the commit itself failed, unless the sink says that nothing was published. */
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

/** An encoder worker crashed, ran out of memory or stopped responding. */
export class WorkerError extends ParquetError {
  /** Name of the class. */
  override readonly name = "WorkerError";
  /** Row group that was being encoded, from 0; -1 if unknown. */
  readonly rowGroup: number;
  /** Dotted path of the column that was being encoded; empty if unknown. */
  readonly column: string;

  /** Creates the error. */
  constructor(message: string, details: { rowGroup: number; column: string; cause?: unknown }) {
    super(message, { cause: details.cause });
    this.rowGroup = details.rowGroup;
    this.column = details.column;
  }
}

/** The writer was aborted by its `signal` or by `abort`. `cause` is the reason given. */
export class AbortError extends ParquetError {
  /** Name of the class. */
  override readonly name = "AbortError";
  /** `"unknown"` if the sink was committing and did not answer in time; otherwise nothing was published. */
  readonly outcome: SinkOutcome;

  /** Creates the error. */
  constructor(message: string, options: ParquetErrorOptions & { outcome?: SinkOutcome } = {}) {
    super(message, options);
    this.outcome = options.outcome ?? "failed";
  }
}

/**
 * A table that cannot be read or written: it does not exist, its log is damaged, it has features that this library does not support, or the
 * files do not fit it. Nothing was committed.
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

/** Details of a failed request to a store. */
export interface StoreErrorDetails extends ParquetErrorOptions {
  /** HTTP status; `undefined` if there was no response, or the store is a file system. */
  readonly status?: number | undefined;
  /** Error code of the store, such as `"AccessDenied"`. */
  readonly code?: string | undefined;
  /** Request id of the store, which its support asks for. */
  readonly requestId?: string | undefined;
  /** Whether the request may have taken effect all the same. Default `"failed"`: it has not. */
  readonly outcome?: SinkOutcome | undefined;
}

/** A request to a store (a bucket, a container, a folder) that failed after all attempts. It contains no credentials. */
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

/** There is no object with that key, or no such bucket or container. */
export class ObjectNotFoundError extends StoreError {
  /** Name of the class. */
  override readonly name = "ObjectNotFoundError";
}

/** A condition does not hold: the object exists (`ifAbsent`, `overwrite: false`), or has another version (`ifMatch`). */
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
