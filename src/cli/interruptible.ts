/**
 * Work that shows how far it is, and ends when it is interrupted.
 *
 * @module
 */

import type { WriterProgress } from "../schema/writer_options.ts";
import type { Sink } from "../sink/sink.ts";
import { AbortError } from "../util/errors.ts";
import { causeOfKind } from "./failure.ts";
import type { InputSequence } from "./input.ts";
import { NO_PROGRESS, startProgress } from "./progress.ts";
import { isCommitted } from "./target.ts";
import type { Terminal } from "./terminal.ts";

/** Work on inputs. */
export interface Work {
  /** What is read; closed at the end. */
  readonly input: InputSequence;
  /** What is being done, for messages: a verb. */
  readonly doing: string;
  readonly showProgress: boolean;
  readonly terminal: Terminal;
  /** What is to be aborted when the process has to end at once. */
  readonly sink?: Sink;
  /** Says what an error is about. */
  readonly naming: (error: unknown) => unknown;
}

/**
 * Does the work.
 *
 * @throws {AbortError} When it was interrupted.
 */
export async function interruptible<T>(
  { input, doing, showProgress, terminal, sink, naming }: Work,
  work: (signal: AbortSignal, onProgress: (progress: WriterProgress) => void) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const progress = showProgress ? await startProgress(input.byteLength) : NO_PROGRESS;
  const stopListening = sink === undefined
    ? terminal.onInterrupt(() => abort.abort())
    : terminal.onInterrupt(() => abort.abort(), async () => {
      progress.stop();
      await sink.abort(abort.signal.reason);
      return !isCommitted(sink);
    });
  let isDone = false;
  try {
    const done = await work(
      abort.signal,
      ({ bufferedRows, encodingRows, rowsWritten }) =>
        progress.update(bufferedRows + encodingRows + rowsWritten, input.bytesRead),
    );
    isDone = true;
    return done;
  } catch (error) {
    // What failed while it was being interrupted is told: a commit may be in doubt.
    const aborted = abort.signal.aborted ? causeOfKind(error, AbortError) : null;
    if (aborted !== null) {
      const { outcome } = aborted;
      throw new AbortError(`Cannot ${doing}: interrupted`, { cause: error, outcome });
    }
    throw naming(error);
  } finally {
    progress.stop();
    stopListening();
    // The file is there: it is too late for an interruption, and success is what is told.
    if (isDone && sink !== undefined) {
      terminal.onInterrupt(() => {}, () => Promise.resolve(false));
    }
    // Not waited for: a read of a silent pipe may be under way.
    input.close().catch(() => {});
  }
}
