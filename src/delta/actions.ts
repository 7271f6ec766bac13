/**
 * Actions of Delta's transaction log, and their text.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#actions
 *
 * @module
 */

/** `protocol` */
export interface ProtocolAction {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures?: readonly string[];
  readonly writerFeatures?: readonly string[];
}

/** `metaData` */
export interface MetaDataAction {
  readonly id: string;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly format: {
    readonly provider: string;
    readonly options: Readonly<Record<string, string>>;
  };
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly createdTime?: number | null;
}

/** `add` */
export interface AddAction {
  /** Encoded as a URL. */
  readonly path: string;
  readonly partitionValues: Readonly<Record<string, string | null>>;
  readonly size: number;
  readonly modificationTime: number;
  readonly dataChange: boolean;
  readonly stats?: string | null;
  readonly tags?: Readonly<Record<string, string | null>> | null;
}

/** `remove` */
export interface RemoveAction {
  readonly path: string;
  readonly deletionTimestamp?: number | null;
  readonly dataChange: boolean;
  readonly extendedFileMetadata?: boolean | null;
  readonly partitionValues?: Readonly<Record<string, string | null>> | null;
  readonly size?: number | null;
}

/** `txn` */
export interface TxnAction {
  readonly appId: string;
  readonly version: number;
  readonly lastUpdated?: number | null;
}

/** `domainMetadata` */
export interface DomainMetadataAction {
  readonly domain: string;
  readonly configuration: string;
  /** Whether there is none of the domain any more. */
  readonly removed: boolean;
}

/** One line of a commit, or one row of a checkpoint. */
export interface Action {
  readonly commitInfo?: Readonly<Record<string, unknown>>;
  readonly protocol?: ProtocolAction;
  readonly metaData?: MetaDataAction;
  readonly add?: AddAction;
  readonly remove?: RemoveAction;
  readonly txn?: TxnAction;
  readonly domainMetadata?: DomainMetadataAction;
  /** Of checkpoints alone: a file with more of their actions. */
  readonly sidecar?: { readonly path: string };
}

/** A commit's text: a line of JSON each. */
export function commitText(actions: readonly Action[]): string {
  return actions.map((action) => `${JSON.stringify(action)}\n`).join("");
}

/**
 * Reads the text of a commit, or of a checkpoint.
 *
 * @throws {SyntaxError} When a line is no JSON.
 */
export function parseActions(text: string): Action[] {
  return text.split("\n").filter((line) => line.trim() !== "").map((line) =>
    JSON.parse(line) as Action
  );
}
