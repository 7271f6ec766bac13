/**
 * Reads NDJSON and JSON texts.
 *
 * @module
 */

import type { SourceGuard } from "../arrow/source_guard.ts";
import type { OpenedRows } from "../rows/row_reader.ts";
import { openRecords } from "./json_batches.ts";
import { JsonReader, LineReader } from "./json_records.ts";
import type { CheckedText } from "./text_options.ts";
import { openText, type TextSource } from "./text_source.ts";
import { TextWindow } from "./text_window.ts";

/**
 * Opens a text.
 *
 * @param inLines Whether each line is an object; else objects are in an array, or follow each other on as many lines as they like.
 */
export async function openJson(
  source: TextSource,
  options: CheckedText,
  inLines: boolean,
  guard: SourceGuard,
  fresh: boolean,
): Promise<OpenedRows> {
  const { name, chunks } = await openText(source, guard, /[\r\n]|^\s*[[{]/, options.encoding);
  const window = new TextWindow(chunks, name);
  const Records = inLines ? LineReader : JsonReader;
  try {
    return await openRecords(new Records(window, options), window, options, fresh);
  } catch (error) {
    await window.giveBack();
    throw error;
  }
}
