/**
 * A progress bar, on terminals only.
 *
 * @module
 */

import { amount, formatBytes, formatDuration, formatRate } from "./quantities.ts";

/** Shows how far a conversion has come. */
export interface Progress {
  /** Says where it is; what is shown is refreshed a few times a second. */
  update(rows: number, bytesRead: number): void;
  /** Removes the bar. */
  stop(): void;
}

/** The part of `cli-progress` that is used. */
interface SingleBar {
  start(total: number, value: number): void;
  update(value: number): void;
  stop(): void;
}
type SingleBarClass = new (options: Record<string, unknown>) => SingleBar;

const BAR_CELLS = 24;
/** Before this many milliseconds a rate says nothing about the time that remains. */
const SETTLE_MS = 500;

/** Shows nothing. */
export const NO_PROGRESS: Progress = { update() {}, stop() {} };

/**
 * Shows a bar on standard error.
 *
 * @param totalBytes Bytes to read, `null` where it is unknown.
 */
export async function startProgress(totalBytes: number | null): Promise<Progress> {
  const { SingleBar } = (await import("cli-progress")).default as { SingleBar: SingleBarClass };
  const started = performance.now();
  let rows = 0, bytesRead = 0;
  const bar = new SingleBar({
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
    fps: 8,
    format: () => progressText(rows, bytesRead, totalBytes, performance.now() - started),
  });
  bar.start(totalBytes ?? 0, 0);
  return {
    update(nextRows, nextBytes) {
      rows = nextRows;
      bytesRead = nextBytes;
      bar.update(nextBytes);
    },
    stop: () => bar.stop(),
  };
}

/** The line that is shown: bar, rows, MiB a second, remaining time. */
export function progressText(
  rows: number,
  bytesRead: number,
  totalBytes: number | null,
  milliseconds: number,
): string {
  const parts = [amount(rows, "row"), formatRate(bytesRead, milliseconds)];
  if (totalBytes === null || totalBytes === 0) {
    return [formatBytes(bytesRead), ...parts].join("  ");
  }
  const done = Math.min(bytesRead / totalBytes, 1);
  const full = Math.round(done * BAR_CELLS);
  if (done > 0 && milliseconds >= SETTLE_MS) {
    parts.push(`${formatDuration(milliseconds / done - milliseconds)} left`);
  }
  const bar = "█".repeat(full) + "░".repeat(BAR_CELLS - full);
  return [`${bar} ${String(Math.floor(done * 100)).padStart(3)} %`, ...parts].join("  ");
}
