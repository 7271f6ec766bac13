/**
 * The delimiter of a CSV text, found out from its first records.
 *
 * @module
 */

import { Cells } from "./cells.ts";
import { CsvScanner } from "./csv_scanner.ts";
import type { TextWindow } from "./text_window.ts";

/** Bytes that are looked at. */
export const SNIFF_BYTES = 64 * 1024;
/** Delimiters, those that win among equals first. */
const CANDIDATES = [",", "\t", ";", "|"].map((text) => text.charCodeAt(0));
const SNIFF_RECORDS = 256;

/** The delimiter of the text in a window: that by which most records have as many cells as the first one, then the most cells. */
export function sniffDelimiter(window: TextWindow, quote: number): number {
  let best = CANDIDATES[0]!, bestScore = 0;
  for (const delimiter of CANDIDATES) {
    const score = scoreOf(window, delimiter, quote);
    if (score > bestScore) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best;
}

function scoreOf(window: TextWindow, delimiter: number, quote: number): number {
  const width = recordWidth(window, delimiter, quote);
  if (width < 2) return 0;
  let bad = 0, good = 0;
  const scanner = new CsvScanner({ delimiter, quote }, () => bad++);
  const cells = new Cells(width, quote);
  for (let at = window.start; good + bad < SNIFF_RECORDS;) {
    const next = scanner.scan(window, at, cells);
    if (next === at) break;
    good += cells.rows;
    at = next;
  }
  return good === 0 ? 0 : good / (good + bad) + Math.min(width, 1000) / 10_000;
}

/** Cells of the first record of a window that has any; 0: it has none. */
export function recordWidth(window: TextWindow, delimiter: number, quote: number): number {
  const { bytes, end } = window;
  let at = window.start;
  while (at < end && (bytes[at] === 10 || bytes[at] === 13)) at++;
  if (at === end) return 0;
  // A quote opens where a cell begins, and right after one that closed: then it is doubled.
  let width = 1, isQuoted = false, opens = true;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (isQuoted) {
      isQuoted = byte !== quote;
      opens = true;
      continue;
    }
    if (byte === quote && opens) isQuoted = true;
    else if (byte === delimiter) width++;
    else if (byte === 10 || byte === 13) break;
    opens = byte === delimiter;
  }
  return width;
}
