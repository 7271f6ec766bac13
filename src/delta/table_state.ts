/**
 * What a table's log comes to: read from the newest checkpoint on, or from the first commit, and then only what is new.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#action-reconciliation
 *
 * @module
 */

import type { ObjectInfo, Store } from "../store/store.ts";
import { ObjectNotFoundError, TableError } from "../util/errors.ts";
import {
  type Action,
  type AddAction,
  type DomainMetadataAction,
  type MetaDataAction,
  parseActions,
  type ProtocolAction,
  type RemoveAction,
  type TxnAction,
} from "./actions.ts";
import {
  type CheckpointFiles,
  commitKey,
  lastCheckpointVersion,
  listLog,
  type LogListing,
} from "./log_files.ts";

/** Commits that are read at a time. */
const READ_AT_A_TIME = 16;

/** A table at one version. */
export interface TableState {
  /** −1: there is no table. */
  version: number;
  protocol: ProtocolAction | null;
  metaData: MetaDataAction | null;
  /** Files by path. */
  readonly files: Map<string, AddAction>;
  /** Files that were removed, by path. */
  readonly removed: Map<string, RemoveAction>;
  /** By `appId`. */
  readonly txns: Map<string, TxnAction>;
  /** By `domain`. */
  readonly domains: Map<string, DomainMetadataAction>;
  /** Tells the commit of this version from that of another table in its place; empty: nobody knows. */
  identity: string;
}

/** A table without commits. */
export function emptyState(): TableState {
  return {
    version: -1,
    protocol: null,
    metaData: null,
    files: new Map(),
    removed: new Map(),
    txns: new Map(),
    domains: new Map(),
    identity: "",
  };
}

/** Applies a commit, or a checkpoint or a part of one. */
export function apply(state: TableState, version: number, actions: readonly Action[]): void {
  for (const { protocol, metaData, add, remove, txn, domainMetadata } of actions) {
    if (protocol) state.protocol = protocol;
    if (metaData) state.metaData = { ...metaData, configuration: metaData.configuration ?? {} };
    if (txn) state.txns.set(txn.appId, txn);
    if (domainMetadata?.removed) state.domains.delete(domainMetadata.domain);
    else if (domainMetadata) state.domains.set(domainMetadata.domain, domainMetadata);
    if (remove) {
      state.files.delete(remove.path);
      state.removed.set(remove.path, remove);
    }
    if (add) {
      state.removed.delete(add.path);
      state.files.set(add.path, add);
    }
  }
  state.version = version;
}

/**
 * The table as it is.
 *
 * @param known How it was at some time, which goes on to be the newest state; `null`: nobody has read it.
 * @returns A table without version where there is none.
 * @throws {TableError} When a commit is missing, or something of the log cannot be read.
 */
export async function newestState(
  store: Store,
  known: TableState | null,
  signal?: AbortSignal,
): Promise<TableState> {
  if (known !== null) {
    const log = await listLog(store, known.version + 1, signal);
    // Without the next commit there is a newer checkpoint, or the table has become another one.
    if (log.commits.size === 0 ? log.checkpoint === null : log.commits.has(known.version + 1)) {
      return await withCommits(store, known, log, signal);
    }
  }
  const hint = await lastCheckpointVersion(store, signal);
  let log = await listLog(store, hint, signal);
  if (hint > 0 && log.checkpoint === null) log = await listLog(store, 0, signal);
  const state = log.checkpoint === null
    ? emptyState()
    : await stateAt(store, log.checkpoint, signal);
  return await withCommits(store, state, log, signal);
}

/** The state that a checkpoint has. */
async function stateAt(
  store: Store,
  checkpoint: CheckpointFiles,
  signal: AbortSignal | undefined,
): Promise<TableState> {
  const { version } = checkpoint;
  const state = emptyState();
  // Young tables have none, and need no reader of Parquet.
  const { readCheckpoint } = await import("./read_checkpoint.ts");
  for await (const actions of readCheckpoint(store, checkpoint, signal)) {
    apply(state, version, actions);
  }
  if (state.metaData !== null && state.protocol !== null) return state;
  throw new TableError(
    `Cannot read the checkpoint of version ${version} of the table ${store.url}: it has no ${
      state.protocol === null ? "protocol" : "metaData"
    }`,
  );
}

async function withCommits(
  store: Store,
  state: TableState,
  { commits }: LogListing,
  signal: AbortSignal | undefined,
): Promise<TableState> {
  const own = commits.get(state.version);
  if (own !== undefined) state.identity = identityOf(own);
  const versions = [...commits.keys()].filter((version) => version > state.version);
  for (let first = 0; first < versions.length; first += READ_AT_A_TIME) {
    const some = versions.slice(first, first + READ_AT_A_TIME);
    const read = await Promise.all(some.map((version) => readCommit(store, version, signal)));
    for (const [i, actions] of read.entries()) {
      const expected = state.version + 1;
      if (some[i] !== expected || actions === null) {
        throw new TableError(
          `Cannot read the table ${store.url}: commit ${expected} is missing`,
        );
      }
      apply(state, expected, actions);
      state.identity = identityOf(commits.get(expected)!);
    }
  }
  return state;
}

function identityOf({ version, size }: ObjectInfo): string {
  return `${version} ${size}`;
}

/** The actions of a commit; `null`: there is none. */
export async function readCommit(
  store: Store,
  version: number,
  signal?: AbortSignal,
): Promise<Action[] | null> {
  let bytes: Uint8Array;
  try {
    bytes = await store.get(commitKey(version), undefined, { signal });
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return null;
    throw error;
  }
  try {
    return parseActions(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new TableError(
      `Cannot read commit ${version} of the table ${store.url}: it is not JSON`,
      {
        cause: error,
      },
    );
  }
}

/** Tables that were read last, so that a process that commits often reads each commit once. */
const known = new Map<string, TableState>();
const MOST_KNOWN = 16;
/** What is being read, so that calls of one process do not read the same commits into one state. */
const reading = new Map<string, Promise<unknown>>();

/**
 * The state of a table, up to date. It is that of all callers, and goes on with the next call: use it before anything is waited for.
 *
 * @throws {TableError} When there is none, or its log cannot be read.
 */
export async function tableState(store: Store, signal?: AbortSignal): Promise<TableState> {
  const { url } = store;
  const before = reading.get(url) ?? Promise.resolve();
  const turn = before.then(() => readState(store, signal), () => readState(store, signal));
  reading.set(url, turn);
  try {
    return await turn;
  } finally {
    if (reading.get(url) === turn) reading.delete(url);
  }
}

async function readState(store: Store, signal: AbortSignal | undefined): Promise<TableState> {
  const { url } = store;
  const before = known.get(url);
  known.delete(url);
  const isSame = before !== undefined && await isStill(store, before, signal);
  const state = await newestState(store, isSame ? before : null, signal);
  if (state.version < 0 || state.metaData === null || state.protocol === null) {
    throw new TableError(`Cannot find a Delta table at ${url}: create it with createDeltaTable`);
  }
  known.set(url, state);
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!);
  return state;
}

/** Whether a state is one of the table that is there: it may have been removed and made anew. */
async function isStill(
  store: Store,
  { version, identity }: TableState,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (identity === "") return false;
  const found = await store.head(commitKey(version), { signal });
  return found !== undefined && identityOf(found) === identity;
}
