/**
 * What a table's log comes to: read from the first commit on, and then only what is new.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#action-reconciliation
 *
 * @module
 */

import type { Store } from "../store/store.ts";
import { ObjectNotFoundError, TableError } from "../util/errors.ts";
import {
  type Action,
  type AddAction,
  commitKey,
  LOG,
  type MetaDataAction,
  parseCommit,
  type ProtocolAction,
  type RemoveAction,
  type TxnAction,
  versionOf,
} from "./actions.ts";

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
  };
}

/** Applies the next commit. */
export function apply(state: TableState, version: number, actions: readonly Action[]): void {
  for (const { protocol, metaData, add, remove, txn } of actions) {
    if (protocol) state.protocol = protocol;
    if (metaData) state.metaData = { ...metaData, configuration: metaData.configuration ?? {} };
    if (txn) state.txns.set(txn.appId, txn);
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
 * Reads what has been committed since.
 *
 * @throws {TableError} When a commit is missing or cannot be read.
 */
export async function refresh(
  store: Store,
  state: TableState,
  signal?: AbortSignal,
): Promise<void> {
  const startAfter = state.version < 0 ? undefined : commitKey(state.version);
  const versions: number[] = [];
  for await (const { key } of store.list(LOG, { startAfter, signal })) {
    const version = versionOf(key);
    if (version !== null) versions.push(version);
  }
  for (let first = 0; first < versions.length; first += READ_AT_A_TIME) {
    const some = versions.slice(first, first + READ_AT_A_TIME);
    const commits = await Promise.all(some.map((version) => readCommit(store, version, signal)));
    for (const [i, actions] of commits.entries()) {
      const expected = state.version + 1;
      if (some[i] !== expected || actions === null) {
        throw new TableError(
          `Cannot read the table ${store.url}: commit ${expected} is not there${
            expected === 0 ? "; logs that begin with a checkpoint are not read by this library" : ""
          }`,
        );
      }
      apply(state, expected, actions);
    }
  }
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
    return parseCommit(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new TableError(`Cannot read commit ${version} of the table ${store.url}: it is no JSON`, {
      cause: error,
    });
  }
}

/** Tables that were read last, so that a process that commits often reads each commit once. */
const known = new Map<string, { readonly identity: string; readonly state: TableState }>();
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
  const first = await store.head(commitKey(0), { signal });
  // A table may have been removed and made anew.
  const identity = first === undefined ? "" : `${first.version} ${first.size}`;
  const before = known.get(url);
  const state = before !== undefined && before.identity === identity ? before.state : emptyState();
  known.delete(url);
  await refresh(store, state, signal);
  if (state.version < 0 || state.metaData === null || state.protocol === null) {
    throw new TableError(`Cannot find a Delta table at ${url}: createDeltaTable makes one`);
  }
  known.set(url, { identity, state });
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!);
  return state;
}
