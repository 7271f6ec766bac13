/** All pages of a file through the verifier's decoder, beside what the tests' own decoder makes of them. */

import assert from "node:assert/strict";
import { readParquetMetadata } from "../../mod.ts";
import { buildSchemaTree } from "../../src/format/schema_tree.ts";
import { decodePageHeader } from "../../src/format/structures.ts";
import { ChunkDecoder } from "../../src/verify/pages/chunk_decoder.ts";
import type { DecodedPage } from "../../src/verify/decoded_page.ts";
import type { Fault } from "../../src/verify/fault.ts";
import { Findings } from "../../src/verify/findings.ts";
import type { LeafColumn } from "../../src/verify/leaf_column.ts";
import { readLeafColumns } from "../../src/verify/frame/leaf_columns.ts";
import { readPages } from "../support/page_decoder.ts";
import type { Physical } from "../support/value_decoder.ts";
import { floatFromBits, hex, littleEndianInteger } from "../support/values.ts";
import { listValues } from "./pages.ts";

/** A place where something is seen of a page that was decoded; levels and values are to be copied. */
export type SeePage = (
  page: DecodedPage | null,
  column: LeafColumn,
  at: { rowGroup: number; page: number },
) => void;

/** Decodes every page of a file. */
export async function decodeFile(bytes: Uint8Array, see: SeePage): Promise<Fault[]> {
  const metadata = await readParquetMetadata(bytes);
  const columns = readLeafColumns(new Findings(), metadata, buildSchemaTree(metadata.schema));
  const findings = new Findings();
  for (const [g, rowGroup] of metadata.rowGroups.entries()) {
    for (const [c, chunk] of rowGroup.columns.entries()) {
      const column = columns[c]!;
      const none = { columnIndex: null, offsetIndex: null, bloomFilter: null };
      const context = { findings, column, rowGroup, rowGroupIndex: g, chunk, ...none };
      const decoder = new ChunkDecoder(context);
      const { dataPageOffset, dictionaryPageOffset, totalCompressedSize } = chunk.metaData;
      let at = dictionaryPageOffset || dataPageOffset, pages = 0;
      for (const end = at + totalCompressedSize; at < end;) {
        const { header, byteLength } = decodePageHeader(bytes, at);
        const bodyEnd = at + byteLength + header.compressedPageSize;
        const body = bytes.subarray(at + byteLength, bodyEnd);
        if (header.type === "DICTIONARY_PAGE") decoder.dictionary(header, body, at);
        else {
          const page = decoder.dataPage(header, body, at, bodyEnd - at);
          see(page, column, { rowGroup: g, page: pages++ });
        }
        at = bodyEnd;
      }
      decoder.finish();
    }
  }
  return findings.list();
}

/** The same value as the tests' decoder shows it. */
function shown(value: Physical, type: string): string {
  if (value instanceof Uint8Array) return hex(value);
  return type === "FLOAT" || type === "DOUBLE" ? String(value) : String(Number(value) || value);
}

function shownAs(bytes: string, type: string): string {
  if (type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY" || type === "INT96") return bytes;
  const number = littleEndianInteger(Uint8Array.from(
    { length: bytes.length / 2 },
    (_, i) => parseInt(bytes.slice(2 * i, 2 * i + 2), 16),
  ));
  if (type === "FLOAT") return floatFromBits(32, number);
  if (type === "DOUBLE") return floatFromBits(64, number);
  const signed = BigInt.asIntN(type === "INT32" ? 32 : 64, number);
  return shown(type === "BOOLEAN" ? signed === 1n : signed, type);
}

/** Decodes a file twice: what comes out has to be the same. Returns what was found. */
export async function compareFile(bytes: Uint8Array): Promise<Fault[]> {
  const expected = readPages(bytes);
  return await decodeFile(bytes, (page, column, at) => {
    const where = `${column.name}, row group ${at.rowGroup}, page ${at.page}`;
    assert.ok(page !== null, where);
    const other = expected.rowGroups[at.rowGroup]!.chunks[column.index]!.pages[at.page]!;
    const { repetitionLevels, definitionLevels, entries } = page;
    const zeros = new Uint8Array(entries);
    assert.deepEqual(Array.from(repetitionLevels ?? zeros), other.repetitionLevels, where);
    assert.deepEqual(Array.from(definitionLevels ?? zeros), other.definitionLevels, where);
    const type = column.physicalType;
    assert.deepEqual(
      listValues(page.values()).map((value) => shownAs(value, type)),
      other.values.map((value) => shown(value, type)),
      where,
    );
  });
}
