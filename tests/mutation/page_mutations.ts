/**
 * Changes to the bytes of pages, with sizes and checksums put right again: nothing but what the bytes say is wrong. Whether a
 * change has an effect that can be known at all is asked of a second decoder, which shares nothing with the verifier.
 */

import { gunzipSync, gzipSync } from "node:zlib";
import { type DecodedChunk, type DecodedFile, readPages } from "../support/page_decoder.ts";
import type { FileModel, Mutation, PageModel } from "./file_model.ts";

/** Every change to one byte, and to the length, of every page of a file whose codec is GZIP or none. */
export function* pageMutations(file: FileModel): Generator<Mutation> {
  for (const [g, columns] of file.chunks.entries()) {
    for (const [c, { pages }] of columns.entries()) {
      const { codec, pathInSchema } = file.metadata.rowGroups[g]!.columns[c]!.metaData;
      for (const [p, page] of pages.entries()) {
        const name = `row group ${g}, ${pathInSchema.join(".")}, page ${p}`;
        const plain = levelBytes(page) + contentOf(page, codec).length;
        for (let i = 0; i < plain; i++) {
          const bit = 1 << (i * 5 % 8);
          yield change(`${name}: byte ${i} ^ ${bit}`, g, c, p, (bytes) => {
            bytes[i]! ^= bit;
            return bytes;
          });
        }
        if (levelBytes(page) > 0) continue;
        yield change(`${name}: cut`, g, c, p, (bytes) => bytes.slice(0, -1));
        yield change(`${name}: a byte more`, g, c, p, (bytes) => Uint8Array.of(...bytes, 0));
      }
    }
  }
}

/** The same without putting checksums right: every one has to be found. */
export function* storedByteMutations(file: FileModel): Generator<Mutation> {
  for (const [g, columns] of file.chunks.entries()) {
    for (const [c, { pages }] of columns.entries()) {
      for (const [p, { header, body }] of pages.entries()) {
        if (header.crc === undefined) continue;
        for (let i = 0; i < body.length; i += 7) {
          yield {
            name: `row group ${g}, column ${c}, page ${p}: stored byte ${i}`,
            stage: "pages",
            apply: ({ chunks }) => {
              chunks[g]![c]!.pages[p]!.body[i]! ^= 1 << i % 8;
            },
          };
        }
      }
    }
  }
}

/** Uncompressed bytes of levels in front of a data page v2. */
function levelBytes({ header: { dataPageHeaderV2: v2 } }: PageModel): number {
  return v2 === undefined ? 0 : v2.definitionLevelsByteLength + v2.repetitionLevelsByteLength;
}

function isCompressed({ header }: PageModel, codec: string): boolean {
  return codec !== "UNCOMPRESSED" && header.dataPageHeaderV2?.isCompressed !== false;
}

function contentOf(page: PageModel, codec: string): Uint8Array {
  const stored = page.body.subarray(levelBytes(page));
  return isCompressed(page, codec) ? new Uint8Array(gunzipSync(stored)) : stored;
}

function change(
  name: string,
  g: number,
  c: number,
  p: number,
  edit: (plain: Uint8Array) => Uint8Array,
): Mutation {
  return {
    name,
    stage: "pages",
    apply: ({ metadata, chunks }) => {
      const { codec } = metadata.rowGroups[g]!.columns[c]!.metaData;
      const page = chunks[g]![c]!.pages[p]!;
      const levels = levelBytes(page);
      const content = contentOf(page, codec);
      const plain = edit(Uint8Array.of(...page.body.subarray(0, levels), ...content));
      const rest = plain.subarray(levels);
      const stored = isCompressed(page, codec) ? gzipSync(rest) : rest;
      page.body = Uint8Array.of(...plain.subarray(0, levels), ...stored);
      page.header.uncompressedPageSize = plain.length;
      page.header.compressedPageSize = page.body.length;
      if (page.header.crc !== undefined) page.header.crc = crc32(page.body);
    },
  };
}

/** CRC-32 as a signed integer. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

/**
 * Whether a changed page has to be found: it cannot be read any more, its levels are others (which histograms count), a value is
 * beyond the bounds of its page, or the chunk's extremes are others. Other values in between are as good as those before.
 */
export function hasKnownEffect(before: DecodedFile, bytes: Uint8Array): boolean {
  let after: DecodedFile;
  try {
    after = readPages(bytes);
  } catch {
    return true;
  }
  return before.rowGroups.some(({ chunks }, g) =>
    chunks.some((chunk, c) => differs(chunk, after.rowGroups[g]!.chunks[c]!))
  );
}

type Values = DecodedChunk["pages"][number]["values"];
type Bounds = readonly [bigint | string, bigint | string] | null;

function differs(before: DecodedChunk, after: DecodedChunk): boolean {
  const all = ({ pages }: DecodedChunk) => pages.flatMap(({ values }) => values);
  return String(boundsOf(all(before))) !== String(boundsOf(all(after))) ||
    before.pages.some((page, p) => {
      const other = after.pages[p]!;
      return String(page.repetitionLevels) !== String(other.repetitionLevels) ||
        String(page.definitionLevels) !== String(other.definitionLevels) ||
        isBeyond(boundsOf(other.values), boundsOf(page.values));
    });
}

function isBeyond(a: Bounds, b: Bounds): boolean {
  return a !== null && b !== null && (a[0] < b[0] || a[1] > b[1]);
}

/** Of numbers in signed order and of byte strings; others are not compared. */
function boundsOf(values: Values): Bounds {
  let bounds: [bigint | string, bigint | string] | null = null;
  for (const value of values) {
    const key = orderOf(value);
    if (key === null) return null;
    bounds ??= [key, key];
    if (key < bounds[0]) bounds[0] = key;
    if (key > bounds[1]) bounds[1] = key;
  }
  return bounds;
}

function orderOf(value: Values[number]): bigint | string | null {
  if (typeof value === "number" || typeof value === "bigint") return BigInt(value);
  if (!(value instanceof Uint8Array)) return null;
  return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
