/**
 * Decodes every page of a Parquet file into raw levels and values, naively and strictly: what the specification does
 * not allow is an error, even where readers get along with it.
 *
 * Shares no code with `src/`.
 *
 * @see https://github.com/apache/parquet-format
 */

import { compressors } from "hyparquet-compressors";
import { decodeValues, type Physical, readHybrid } from "./value_decoder.ts";
import { readThrift, type ThriftStruct } from "./thrift_reader.ts";

const PHYSICAL_TYPES = [
  "BOOLEAN",
  "INT32",
  "INT64",
  "INT96",
  "FLOAT",
  "DOUBLE",
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
] as const;
/** Name of a physical type. */
export type PhysicalTypeName = typeof PHYSICAL_TYPES[number];

const CODECS = [
  "UNCOMPRESSED",
  "SNAPPY",
  "GZIP",
  "LZO",
  "BROTLI",
  "LZ4",
  "ZSTD",
  "LZ4_RAW",
] as const;

const ENCODINGS = [
  "PLAIN",
  "GROUP_VAR_INT",
  "PLAIN_DICTIONARY",
  "RLE",
  "BIT_PACKED",
  "DELTA_BINARY_PACKED",
  "DELTA_LENGTH_BYTE_ARRAY",
  "DELTA_BYTE_ARRAY",
  "RLE_DICTIONARY",
  "BYTE_STREAM_SPLIT",
] as const;
/** Name of an encoding. */
export type EncodingName = typeof ENCODINGS[number];

/** An element of the schema with what is below it. */
export interface SchemaNode {
  readonly name: string;
  readonly repetition: "required" | "optional" | "repeated";
  readonly children: readonly SchemaNode[];
  /** `null` for groups. */
  readonly type: PhysicalTypeName | null;
  readonly typeLength: number;
  /** The `SchemaElement` as it stands in the file. */
  readonly element: ThriftStruct;
}

/** A decoded data page. */
export interface DecodedPage {
  readonly version: 1 | 2;
  readonly encoding: EncodingName;
  /** Where the header starts in the file, and bytes of header and body. */
  readonly offset: number;
  readonly size: number;
  readonly uncompressedSize: number;
  readonly hasChecksum: boolean;
  readonly isCompressed: boolean;
  readonly repetitionLevels: readonly number[];
  readonly definitionLevels: readonly number[];
  readonly values: readonly Physical[];
  /** The `PageHeader` as it stands in the file. */
  readonly header: ThriftStruct;
}

/** A decoded column chunk. */
export interface DecodedChunk {
  readonly path: readonly string[];
  readonly codec: typeof CODECS[number];
  readonly dictionary: readonly Physical[] | null;
  readonly pages: readonly DecodedPage[];
  /** The `ColumnChunk` and its `ColumnMetaData` as they stand in the file. */
  readonly columnChunk: ThriftStruct;
  readonly metaData: ThriftStruct;
}

/** A decoded file. */
export interface DecodedFile {
  readonly schema: SchemaNode;
  readonly numRows: number;
  readonly rowGroups: readonly { readonly numRows: number; readonly chunks: DecodedChunk[] }[];
  readonly keyValueMetadata: ReadonlyMap<string, string>;
  readonly createdBy: string;
  /** The `FileMetaData` as it stands in the file. */
  readonly footer: ThriftStruct;
}

const utf8 = new TextDecoder();

/** Decodes a whole file. */
export function readPages(bytes: Uint8Array): DecodedFile {
  const magic = [bytes.subarray(0, 4), bytes.subarray(-4)].map((part) => utf8.decode(part));
  check(magic.every((text) => text === "PAR1"), `The magic is ${magic}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const footerEnd = bytes.length - 8;
  const footerStart = footerEnd - view.getUint32(footerEnd, true);
  const { value: footer, end } = readThrift(bytes, footerStart);
  check(end === footerEnd, "The footer does not end where it should");

  const elements = footer[2] as ThriftStruct[];
  const { node: schema, next } = schemaNode(elements, 0);
  check(next === elements.length, "Schema elements are left over");
  const leaves = leavesBelow(schema);
  let covered = 4;
  const rowGroups = (footer[4] as ThriftStruct[]).map((rowGroup) => {
    const numRows = Number(rowGroup[3]);
    const columnChunks = rowGroup[1] as ThriftStruct[];
    check(columnChunks.length === leaves.length, "A row group has not one chunk for each leaf");
    const chunks = columnChunks.map((columnChunk, i) => {
      const { chunk, from, to } = decodeChunk(bytes, columnChunk, leaves[i]!, numRows);
      check(from === covered, `A chunk starts at ${from}, not at ${covered}`);
      covered = to;
      return chunk;
    });
    const sum = (id: number) =>
      chunks.reduce((total, { metaData }) => total + Number(metaData[id]), 0);
    check(Number(rowGroup[2]) === sum(6), "total_byte_size is not the chunks' uncompressed size");
    if (6 in rowGroup) check(Number(rowGroup[6]) === sum(7), "total_compressed_size is wrong");
    return { numRows, chunks };
  });
  const numRows = Number(footer[3]);
  check(
    numRows === rowGroups.reduce((total, group) => total + group.numRows, 0),
    "num_rows is not the sum of the row groups'",
  );
  return {
    schema,
    numRows,
    rowGroups,
    keyValueMetadata: new Map(
      (footer[5] as ThriftStruct[] ?? []).map((pair) => [
        utf8.decode(pair[1] as Uint8Array),
        utf8.decode(pair[2] as Uint8Array ?? new Uint8Array()),
      ]),
    ),
    createdBy: utf8.decode(footer[6] as Uint8Array ?? new Uint8Array()),
    footer,
  };
}

interface Leaf {
  readonly node: SchemaNode;
  readonly path: readonly string[];
  readonly maxDefinitionLevel: number;
  readonly maxRepetitionLevel: number;
}

function schemaNode(
  elements: readonly ThriftStruct[],
  at: number,
): { node: SchemaNode; next: number } {
  const element = elements[at];
  if (element === undefined) throw new Error("Schema elements are missing");
  const children: SchemaNode[] = [];
  let next = at + 1;
  for (let i = 0; i < Number(element[5] ?? 0); i++) {
    const child = schemaNode(elements, next);
    children.push(child.node);
    next = child.next;
  }
  const node = {
    name: utf8.decode(element[4] as Uint8Array),
    repetition: (["required", "optional", "repeated"] as const)[Number(element[3] ?? 0)]!,
    children,
    type: 1 in element ? PHYSICAL_TYPES[Number(element[1])]! : null,
    typeLength: Number(element[2] ?? 0),
    element,
  };
  check((node.type === null) === (5 in element), `"${node.name}" is neither leaf nor group`);
  return { node, next };
}

function leavesBelow(root: SchemaNode): Leaf[] {
  const below = (node: SchemaNode, path: readonly string[], d: number, r: number): Leaf[] => {
    const maxDefinitionLevel = d + (node.repetition === "required" ? 0 : 1);
    const maxRepetitionLevel = r + (node.repetition === "repeated" ? 1 : 0);
    const here = [...path, node.name];
    return node.type !== null
      ? [{ node, path: here, maxDefinitionLevel, maxRepetitionLevel }]
      : node.children.flatMap((child) =>
        below(child, here, maxDefinitionLevel, maxRepetitionLevel)
      );
  };
  return root.children.flatMap((child) => below(child, [], 0, 0));
}

function decodeChunk(
  bytes: Uint8Array,
  columnChunk: ThriftStruct,
  leaf: Leaf,
  numRows: number,
): { chunk: DecodedChunk; from: number; to: number } {
  const metaData = columnChunk[3] as ThriftStruct;
  const path = (metaData[3] as Uint8Array[]).map((part) => utf8.decode(part));
  const name = path.join(".");
  check(name === leaf.path.join("."), `Chunk of ${name} in place of ${leaf.path.join(".")}`);
  check(PHYSICAL_TYPES[Number(metaData[1])] === leaf.node.type, `${name}: wrong type`);
  const codec = CODECS[Number(metaData[4])]!;
  const dataPageOffset = Number(metaData[9]);
  const from = 11 in metaData ? Number(metaData[11]) : dataPageOffset;
  const to = from + Number(metaData[7]);

  let dictionary: Physical[] | null = null;
  const pages: DecodedPage[] = [];
  let uncompressed = 0;
  let slots = 0;
  for (let at = from; at < to;) {
    const offset = at;
    const { value: header, end } = readThrift(bytes, at);
    const body = bytes.subarray(end, end + Number(header[3]));
    at = end + Number(header[3]);
    check(at <= to, `${name}: a page reaches beyond its chunk`);
    uncompressed += end - offset + Number(header[2]);
    if (4 in header) check(crc32(body) === Number(header[4]) >>> 0, `${name}: a wrong checksum`);
    if (7 in header) {
      check(offset === from && dictionary === null, `${name}: a dictionary in the middle`);
      check(11 in metaData, `${name}: dictionary_page_offset is missing`);
      const count = Number((header[7] as ThriftStruct)[1]);
      const plain = decompress(codec, body, Number(header[2]));
      dictionary = decodeValues("PLAIN", plain, count, leaf.node, null);
      continue;
    }
    if (pages.length === 0) check(offset === dataPageOffset, `${name}: wrong data_page_offset`);
    const page = decodePage(header, body, codec, leaf, dictionary);
    slots += page.definitionLevels.length;
    pages.push({
      ...page,
      offset,
      size: at - offset,
      uncompressedSize: Number(header[2]),
      hasChecksum: 4 in header,
      header,
    });
  }
  const rows = pages.reduce(
    (total, page) => total + page.repetitionLevels.filter((level) => level === 0).length,
    0,
  );
  check(slots === Number(metaData[5]), `${name}: num_values is ${metaData[5]}, not ${slots}`);
  check(rows === numRows, `${name}: ${rows} rows instead of ${numRows}`);
  check(uncompressed === Number(metaData[6]), `${name}: total_uncompressed_size is wrong`);
  return { chunk: { path, codec, dictionary, pages, columnChunk, metaData }, from, to };
}

type PageBody = Pick<
  DecodedPage,
  "version" | "encoding" | "isCompressed" | "repetitionLevels" | "definitionLevels" | "values"
>;

function decodePage(
  header: ThriftStruct,
  body: Uint8Array,
  codec: typeof CODECS[number],
  leaf: Leaf,
  dictionary: readonly Physical[] | null,
): PageBody {
  const { maxRepetitionLevel, maxDefinitionLevel, node } = leaf;
  const name = leaf.path.join(".");
  const isV2 = 8 in header;
  check(isV2 || 5 in header, `${name}: a page of unknown type`);
  const own = header[isV2 ? 8 : 5] as ThriftStruct;
  const numValues = Number(own[1]);
  const encoding = ENCODINGS[Number(own[isV2 ? 4 : 2])]!;
  let repetitionLevels: number[];
  let definitionLevels: number[];
  let values: Uint8Array;
  let isCompressed = codec !== "UNCOMPRESSED";
  if (isV2) {
    const [definitionBytes, repetitionBytes] = [Number(own[5]), Number(own[6])];
    const levels = definitionBytes + repetitionBytes;
    repetitionLevels = levelsOf(body.subarray(0, repetitionBytes), maxRepetitionLevel, numValues);
    definitionLevels = levelsOf(
      body.subarray(repetitionBytes, levels),
      maxDefinitionLevel,
      numValues,
    );
    isCompressed &&= own[7] !== false;
    values = body.subarray(levels);
    if (isCompressed) values = decompress(codec, values, Number(header[2]) - levels);
    check(levels + values.length === Number(header[2]), `${name}: uncompressed_page_size is wrong`);
  } else {
    check(Number(own[3]) === 3 && Number(own[4]) === 3, `${name}: levels are not RLE`);
    values = decompress(codec, body, Number(header[2]));
    const levels = (max: number): number[] => {
      if (max === 0) return levelsOf(values.subarray(0, 0), 0, numValues);
      const length = new DataView(values.buffer, values.byteOffset).getUint32(0, true);
      const part = values.subarray(4, 4 + length);
      values = values.subarray(4 + length);
      return levelsOf(part, max, numValues);
    };
    repetitionLevels = levels(maxRepetitionLevel);
    definitionLevels = levels(maxDefinitionLevel);
  }
  if (numValues > 0) check(repetitionLevels[0] === 0, `${name}: a page starts within a row`);
  const present = definitionLevels.filter((level) => level === maxDefinitionLevel).length;
  if (isV2) {
    check(Number(own[2]) === numValues - present, `${name}: num_nulls is wrong`);
    check(
      Number(own[3]) === repetitionLevels.filter((level) => level === 0).length,
      `${name}: num_rows of a page is wrong`,
    );
  }
  return {
    version: isV2 ? 2 : 1,
    encoding,
    isCompressed,
    repetitionLevels,
    definitionLevels,
    values: decodeValues(encoding, values, present, node, dictionary),
  };
}

function levelsOf(bytes: Uint8Array, max: number, count: number): number[] {
  if (max === 0) {
    check(bytes.length === 0, "Levels where there are none");
    return new Array(count).fill(0);
  }
  const levels = readHybrid(bytes, 32 - Math.clz32(max), count);
  check(levels.every((level) => level <= max), "A level above the maximum");
  return levels;
}

function decompress(codec: typeof CODECS[number], bytes: Uint8Array, size: number): Uint8Array {
  if (codec === "UNCOMPRESSED") {
    check(bytes.length === size, "A page is of another size than it says");
    return bytes;
  }
  const decompressor = compressors[codec];
  if (decompressor === undefined) throw new Error(`No decompressor for ${codec}`);
  const output = decompressor(bytes, size);
  check(output.length === size, `A page has ${output.length} bytes, not ${size}`);
  return output;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}
