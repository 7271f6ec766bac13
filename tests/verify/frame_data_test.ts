/** Rules about row groups, column chunks, page headers, indexes, and about which bytes belong to what. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { Field, Int32, List, Schema, Utf8 } from "apache-arrow";
import { toParquet, verifyParquet, type VerifyProgress, type WriterOptions } from "../../mod.ts";
import { encodeFileMetaData } from "../../src/format/structures.ts";
import { FILE_RULES } from "../../src/verify/frame/file_rules.ts";
import type { RuleName } from "../../src/verify/rules.ts";
import {
  type ChunkModel,
  type FileModel,
  type Mutable,
  type Mutation,
  putTogether,
  takeApart,
} from "../mutation/file_model.ts";
import { randomBatch } from "../support/random_data.ts";
import { expectFinding, findingsOf, footerOf, joined, withFooter } from "./frame_support.ts";

const FIELDS = [
  new Field("id", new Int32(), false),
  new Field("name", new Utf8(), true),
  new Field("tags", new List(new Field("element", new Utf8(), true)), true),
];

async function written(options: WriterOptions = {}): Promise<Uint8Array> {
  const shape = { seed: 3, nulls: 0.2, distinct: 5, garbage: false, sliced: 0 };
  return await toParquet([randomBatch(new Schema(FIELDS), 40, shape)], {
    parallelism: 0,
    compression: "uncompressed",
    maxRowGroupRowCount: 24,
    dataPageRowCountLimit: 8,
    columns: { id: { dictionaryEnabled: false }, name: { bloomFilterEnabled: true } },
    ...options,
  });
}

const V1 = await written();
const V2 = await written({ writerVersion: "2.0" });
const MODEL = takeApart(V1);
const MODEL_V2 = takeApart(V2);

type Stage = Exclude<Mutation["stage"], "bytes">;
type Chunk = Mutable<FileModel["metadata"]["rowGroups"][number]["columns"][number]>;

function changed(stage: Stage, apply: (model: FileModel) => void, model = MODEL): Uint8Array {
  return putTogether(model, { name: "", stage, apply });
}

/** With a change to the footer alone. */
const inFooter = (apply: (metadata: FileModel["metadata"]) => void) =>
  changed("metadata", ({ metadata }) => apply(metadata));

/** With a change to what the footer says of a column chunk of row group 0. */
const inChunk = (column: number, apply: (chunk: Chunk) => void, model = MODEL) =>
  changed("metadata", ({ metadata }) => apply(metadata.rowGroups[0]!.columns[column]!), model);

/** With a change to the pages of a column chunk of row group 0. */
const inPages = (column: number, apply: (pages: ChunkModel["pages"]) => void, model = MODEL) =>
  changed("pages", ({ chunks }) => apply(chunks[0]![column]!.pages), model);

const [ID, NAME, TAGS] = [0, 1, 2];

function twoDictionaries(): Uint8Array {
  const model = structuredClone(MODEL);
  const { pages } = model.chunks[0]![NAME]!;
  pages.unshift(pages[0]!);
  return inChunk(NAME, ({ metaData }) => {
    // Put together, the offset is that of the second one; both take the same bytes.
    const second = metaData.dictionaryPageOffset!;
    metaData.dictionaryPageOffset = second - (metaData.dataPageOffset - second);
  }, model);
}

test("the files that are broken below are right", async () => {
  assert.deepEqual(await findingsOf(V1), []);
  assert.deepEqual(await findingsOf(V2), []);
  assert.deepEqual(MODEL.chunks[0]!.map(({ pages }) => pages.length), [3, 4, 4]);
  assert.ok(MODEL.chunks[0]![NAME]!.bloomFilter !== null);
});

test("row groups", async () => {
  const cases: [RuleName, Uint8Array, RegExp][] = [
    ["file-rows", inFooter((metadata) => metadata.numRows++), /num_rows is 41.* 40/],
    ["row-group-columns", inFooter(({ rowGroups }) => rowGroups[0]!.columns.pop()), /2 columns/],
    [
      "row-group-columns",
      inFooter(({ rowGroups: [group] }) => group!.columns.push(group!.columns[0]!)),
      /4 columns/,
    ],
    ["row-group-rows", inFooter(({ rowGroups }) => rowGroups[0]!.numRows = -1), /-1/],
    ["row-group-empty", inFooter(({ rowGroups }) => rowGroups[0]!.numRows = 0), /no rows/],
    [
      "row-group-byte-size",
      inFooter(({ rowGroups }) => rowGroups[1]!.totalByteSize--),
      /total_byte/,
    ],
    [
      "row-group-compressed-size",
      inFooter(({ rowGroups }) => rowGroups[1]!.totalCompressedSize!++),
      /total_compressed_size/,
    ],
    ["row-group-ordinal", inFooter(({ rowGroups }) => rowGroups[1]!.ordinal = 0), /is 0, not 1/],
    ["row-group-offset", inFooter(({ rowGroups }) => rowGroups[1]!.fileOffset!++), /file_offset/],
    ["column-orders-missing", inFooter((metadata) => delete metadata.columnOrders), /bounds/],
  ];
  const sorting = { columnIdx: 0, descending: false, nullsFirst: false };
  for (const columnIdx of [-1, 3]) {
    const bytes = inFooter(({ rowGroups: [group] }) => {
      group!.sortingColumns = [{ ...sorting, columnIdx }];
    });
    cases.push(["sorting-columns", bytes, /among 3 columns/]);
  }
  const twice = inFooter(({ rowGroups }) => rowGroups[0]!.sortingColumns = [sorting, sorting]);
  cases.push(["sorting-columns-duplicate", twice, /column 0/]);
  for (const [rule, bytes, message] of cases) await expectFinding(bytes, rule, message);
});

test("column chunks: what the footer says of them", async () => {
  const cases: [RuleName, Uint8Array, RegExp?][] = [
    ["column-path", inChunk(ID, ({ metaData }) => metaData.pathInSchema = ["idx"]), /"idx"/],
    ["column-path", inChunk(TAGS, ({ metaData }) => metaData.pathInSchema.pop())],
    ["column-type", inChunk(ID, ({ metaData }) => metaData.type = "FLOAT"), /FLOAT.*INT32/],
    ["file-path", inChunk(ID, (chunk) => chunk.filePath = "../other"), /"..\/other"/],
    [
      "encrypted",
      inChunk(ID, (chunk) => chunk.cryptoMetadata = { type: "ENCRYPTION_WITH_FOOTER_KEY" }),
    ],
    ["deprecated-file-offset", inChunk(ID, (chunk) => chunk.fileOffset = 4)],
    [
      "deprecated-min-max",
      inChunk(ID, ({ metaData }) => metaData.statistics!.min = new Uint8Array(4)),
    ],
    ["deprecated-codec", inChunk(ID, ({ metaData }) => metaData.codec = "LZO")],
    ["chunk-range", inChunk(ID, ({ metaData }) => metaData.dataPageOffset = 3)],
    ["chunk-range", inChunk(ID, ({ metaData }) => metaData.totalCompressedSize = -1)],
    ["chunk-range", inChunk(ID, ({ metaData }) => metaData.totalCompressedSize = 2 ** 40)],
    ["chunk-values", inChunk(ID, ({ metaData }) => metaData.numValues++), /for 24 rows/],
    ["chunk-values", inChunk(TAGS, ({ metaData }) => metaData.numValues++), /in all/],
    ["chunk-compressed-size", inChunk(TAGS, ({ metaData }) => metaData.totalCompressedSize++)],
    ["chunk-uncompressed-size", inChunk(TAGS, ({ metaData }) => metaData.totalUncompressedSize++)],
    ["data-page-offset", inChunk(NAME, ({ metaData }) => metaData.dataPageOffset++)],
    [
      "dictionary-page-offset",
      inChunk(NAME, ({ metaData }) => {
        metaData.dataPageOffset = metaData.dictionaryPageOffset!;
        delete metaData.dictionaryPageOffset;
      }),
      /is absent/,
    ],
    ["dictionary-page-offset", inChunk(NAME, ({ metaData }) => metaData.dictionaryPageOffset = 0)],
    [
      "dictionary-page-offset",
      inChunk(ID, ({ metaData }) => metaData.dictionaryPageOffset = metaData.dataPageOffset),
      /there is no dictionary page/,
    ],
    ["encodings", inChunk(ID, ({ metaData }) => metaData.encodings = ["RLE"]), /PLAIN is used/],
    [
      "encodings",
      inChunk(ID, ({ metaData }) => metaData.encodings.push("DELTA_BINARY_PACKED")),
      /listed, and not used/,
    ],
    [
      "encodings-incomplete",
      inChunk(NAME, ({ metaData }) => metaData.encodings = ["PLAIN", "RLE_DICTIONARY"]),
      /RLE is used/,
    ],
    ["encodings-duplicate", inChunk(ID, ({ metaData }) => metaData.encodings.push("PLAIN"))],
    ["encoding-stats", inChunk(ID, ({ metaData }) => metaData.encodingStats![0]!.count++), /4.*3/],
    ["encoding-stats", inChunk(NAME, ({ metaData }) => metaData.encodingStats!.pop())],
    [
      "encoding-stats",
      inChunk(ID, ({ metaData }) => metaData.encodingStats![0]!.pageType = "DATA_PAGE_V2"),
    ],
  ];
  for (const [rule, bytes, message] of cases) await expectFinding(bytes, rule, message);
});

test("pages: their headers, and how they follow each other", async () => {
  const header = (
    column: number,
    page: number,
    apply: (header: FileModel["chunks"][0][0]["pages"][0]["header"]) => void,
    model = MODEL,
  ) => inPages(column, (pages) => apply(pages[page]!.header), model);
  const cases: [RuleName, Uint8Array, RegExp?][] = [
    ["page-header-member", header(ID, 0, (own) => delete own.dataPageHeader), /no dataPageHeader/],
    ["page-header-member", header(ID, 0, (own) => own.indexPageHeader = {}), /a indexPageHeader/],
    ["page-size", header(ID, 0, (own) => own.compressedPageSize = -1)],
    ["page-size", header(ID, 0, (own) => own.uncompressedPageSize = -1)],
    ["page-size", header(ID, 2, (own) => own.compressedPageSize++), /its column chunk/],
    ["limit", header(ID, 0, (own) => own.uncompressedPageSize = 2 ** 30), /1073741824 bytes/],
    ["page-counts", header(ID, 0, (own) => own.dataPageHeader!.numValues = -1)],
    ["page-encoding", header(ID, 0, (own) => own.dataPageHeader!.encoding = "DELTA_BYTE_ARRAY")],
    ["page-encoding", header(NAME, 0, (own) => own.dictionaryPageHeader!.encoding = "RLE")],
    [
      "level-encoding",
      header(NAME, 1, (own) => own.dataPageHeader!.definitionLevelEncoding = "PLAIN"),
    ],
    [
      "level-encoding",
      header(ID, 1, (own) => own.dataPageHeader!.repetitionLevelEncoding = "PLAIN"),
    ],
    [
      "encodings-incomplete",
      header(ID, 0, (own) => own.dataPageHeader!.definitionLevelEncoding = "BIT_PACKED"),
      /BIT_PACKED is named/,
    ],
    [
      "deprecated-encoding",
      header(NAME, 1, (own) => own.dataPageHeader!.encoding = "PLAIN_DICTIONARY"),
    ],
    [
      "deprecated-encoding",
      header(NAME, 1, (own) => own.dataPageHeader!.definitionLevelEncoding = "BIT_PACKED"),
    ],
    [
      "deprecated-min-max",
      header(ID, 0, (own) => own.dataPageHeader!.statistics = { min: new Uint8Array(4) }),
    ],
    ["dictionary-page", twoDictionaries(), /second/],
    ["dictionary-page", inPages(NAME, (pages) => pages.push(pages.shift()!)), /after a data page/],
    ["dictionary-missing", inPages(NAME, (pages) => pages.shift())],
    [
      "index-page",
      inPages(ID, (pages) =>
        pages.push({
          header: {
            type: "INDEX_PAGE",
            uncompressedPageSize: 1,
            compressedPageSize: 1,
            indexPageHeader: {},
          },
          body: Uint8Array.of(0),
        })),
    ],
    ["chunk-rows", inPages(TAGS, (pages) => pages.pop()), /the row group 24/],
    ["offset-index", inPages(TAGS, (pages) => pages.pop()), /3 entries for 2 data pages/],
    [
      "page-header-member",
      header(ID, 0, (own) => {
        own.dictionaryPageHeader = { numValues: 0, encoding: "PLAIN" };
      }, MODEL_V2),
      /a dictionaryPageHeader/,
    ],
  ];
  for (const [rule, bytes, message] of cases) await expectFinding(bytes, rule, message);
});

test("pages begin with rows", async () => {
  // The first level of the page, after their length and the header of their run: a row goes on.
  const bytes = inPages(TAGS, (pages) => {
    const { body } = pages[2]!;
    assert.ok((body[4]! & 1) === 1, "a packed run");
    body[5]! |= 1;
    delete pages[2]!.header.crc;
  });
  await expectFinding(bytes, "page-mid-row");
});

test("a footer may hide no page header that is broken", async () => {
  const bytes = V1.slice();
  const { dataPageOffset } = MODEL.metadata.rowGroups[0]!.columns[ID]!.metaData;
  bytes[dataPageOffset] = 0;
  const { offset, column, page } = await expectFinding(bytes, "thrift", /page header/);
  assert.deepEqual({ offset, column, page }, { offset: dataPageOffset, column: "id", page: 0 });
});

test("indexes", async () => {
  const index = (column: number, apply: (chunk: ChunkModel) => void) =>
    changed("indexes", ({ chunks }) => apply(chunks[0]![column]!));
  const cases: [RuleName, Uint8Array, RegExp?][] = [
    ["index-location", inChunk(ID, (chunk) => delete chunk.offsetIndexLength), /no length/],
    ["index-location", inChunk(ID, (chunk) => delete chunk.columnIndexOffset), /no offset/],
    ["index-location", inChunk(ID, (chunk) => chunk.columnIndexOffset = 2 ** 40)],
    ["index-location", inChunk(ID, (chunk) => chunk.offsetIndexOffset = -4)],
    ["thrift-length", inChunk(ID, (chunk) => chunk.offsetIndexLength!++), /the offset index takes/],
    ["thrift", inChunk(ID, (chunk) => chunk.offsetIndexLength!--), /offset index/],
    ["thrift", inChunk(ID, (chunk) => chunk.columnIndexLength = 0), /column index/],
    [
      "offset-index-missing",
      inChunk(ID, (chunk) => {
        delete chunk.offsetIndexLength;
        delete chunk.offsetIndexOffset;
      }),
    ],
    ["offset-index", index(ID, ({ offsetIndex }) => offsetIndex!.pageLocations[1]!.offset++)],
    [
      "offset-index",
      index(ID, ({ offsetIndex }) => offsetIndex!.pageLocations[1]!.compressedPageSize--),
    ],
    [
      "offset-index",
      index(TAGS, ({ offsetIndex }) => offsetIndex!.pageLocations[1]!.firstRowIndex++),
      /firstRowIndex of the entry 1 is 9, not 8/,
    ],
    [
      "offset-index",
      index(TAGS, ({ offsetIndex }) => offsetIndex!.pageLocations[1]!.firstRowIndex = 0),
      /begin with the rows 0 and 0/,
    ],
    ["offset-index", index(ID, ({ offsetIndex }) => offsetIndex!.pageLocations.pop()), /2 entries/],
  ];
  for (const [rule, bytes, message] of cases) await expectFinding(bytes, rule, message);
});

test("Bloom filters", async () => {
  const filter = (apply: (filter: NonNullable<ChunkModel["bloomFilter"]>) => void) =>
    changed("indexes", ({ chunks }) => apply(chunks[0]![NAME]!.bloomFilter!));
  const metaData = (apply: (metaData: Chunk["metaData"]) => void) =>
    inChunk(NAME, (chunk) => apply(chunk.metaData));
  const cases: [RuleName, Uint8Array, RegExp?][] = [
    ["bloom-filter-size", filter(({ header }) => header.numBytes = 0)],
    ["bloom-filter-size", filter(({ header }) => header.numBytes++)],
    ["bloom-filter-size", filter(({ header }) => header.numBytes = -32)],
    ["bloom-filter-location", filter(({ header }) => header.numBytes = 2 ** 30), /should end/],
    ["bloom-filter-location", metaData((own) => own.bloomFilterOffset = 0)],
    ["bloom-filter-location", metaData((own) => own.bloomFilterOffset = 2 ** 50)],
    ["bloom-filter-location", metaData((own) => delete own.bloomFilterOffset), /no offset/],
    ["bloom-filter-length", metaData((own) => own.bloomFilterLength!++)],
    ["bloom-filter-length-missing", metaData((own) => delete own.bloomFilterLength)],
    [
      "bloom-filter-power",
      filter((own) => {
        own.bits = joined(own.bits, own.bits, own.bits);
        own.header.numBytes = own.bits.length;
      }),
      /bytes/,
    ],
    ["thrift", metaData((own) => own.bloomFilterOffset!--), /Bloom filter header/],
  ];
  for (const [rule, bytes, message] of cases) await expectFinding(bytes, rule, message);
});

test("every byte belongs to one thing", async () => {
  const { footer, data } = footerOf(V1);
  const gap = await expectFinding(withFooter(footer, joined(data, [1, 2, 3])), "gap", /^3 bytes/);
  assert.equal(gap.offset, 4 + data.length);
  const unknown = inChunk(ID, (chunk) => {
    delete chunk.columnIndexLength;
    delete chunk.columnIndexOffset;
  });
  await expectFinding(unknown, "gap", /belong to no structure/);
  const same = inFooter(({ rowGroups: [first, second] }) => {
    const { columnIndexOffset, columnIndexLength } = first!.columns[ID]!;
    Object.assign(second!.columns[ID]!, { columnIndexOffset, columnIndexLength });
  });
  await expectFinding(same, "overlap", /the column index of "id" in row group 1 begins within/);
  const pages = inFooter(({ rowGroups: [first, second] }) => {
    first!.columns[ID]!.metaData.dataPageOffset = second!.columns[ID]!.metaData.dataPageOffset;
  });
  await expectFinding(pages, "overlap", /the column chunk of "id"/);
});

test("a chunk that a hostile footer names many times is read once", async () => {
  const { data } = footerOf(V1);
  const metadata = structuredClone(MODEL.metadata);
  const [group] = metadata.rowGroups;
  metadata.rowGroups = Array.from({ length: 5000 }, (_, ordinal) => ({ ...group!, ordinal }));
  metadata.numRows = 5000 * group!.numRows;
  let bytes = 0;
  const faults = await findingsOf(withFooter(encodeFileMetaData(metadata), data), {
    onProgress: (progress) => bytes = progress.bytes,
  });
  assert.ok(
    faults.some(({ rule, message }) => rule === "overlap" && /begins within/.test(message)),
  );
  assert.equal(bytes, group!.totalCompressedSize);
});

test("progress: rows and bytes of pages; those of sorting columns count twice", async () => {
  const seen: VerifyProgress[] = [];
  await findingsOf(V1, { onProgress: (progress) => seen.push(progress) });
  const groups = MODEL.metadata.rowGroups;
  const bytes = groups.reduce((sum, group) => sum + group.totalCompressedSize!, 0);
  assert.deepEqual(seen.at(-1), { rows: 40, bytes, totalBytes: V1.length });
  const sorted = inFooter(({ rowGroups: [group] }) => {
    group!.sortingColumns = [{ columnIdx: ID, descending: false, nullsFirst: false }];
  });
  await findingsOf(sorted, { onProgress: (progress) => seen.push(progress) });
  const twice = groups[0]!.columns[ID]!.metaData.totalCompressedSize;
  assert.equal(seen.at(-1)!.bytes, bytes + twice);
});

test("what is wrong with a page is told once, though a sorting column is read twice", async () => {
  const bytes = changed("pages", ({ chunks, metadata }) => {
    metadata.rowGroups[0]!.sortingColumns = [
      { columnIdx: ID, descending: false, nullsFirst: false },
    ];
    chunks[0]![ID]!.pages[1]!.header.crc! ^= 1;
  });
  const findings = await findingsOf(bytes);
  assert.equal(findings.filter(({ rule }) => rule === "page-checksum").length, 1);
});

test("a file is read the same from a path, a Blob and memory", async () => {
  const folder = await mkdtemp(join(tmpdir(), "parquet-ext-verify-"));
  try {
    const path = join(folder, "a.parquet");
    const bytes = inPages(ID, (pages) => pages[1]!.header.crc! ^= 1);
    await writeFile(path, bytes);
    const expected = await findingsOf(bytes);
    assert.ok(expected.length > 0);
    for (const source of [path, pathToFileURL(path), new Blob([bytes.slice()])]) {
      assert.deepEqual(await verifyParquet(source, { remarks: true }), expected);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("every rule about the frame is broken by a test", () => {
  const text = ["frame_footer", "frame_schema", "frame_data", "other_writers"]
    .map((name) => readFileSync(new URL(`./${name}_test.ts`, import.meta.url), "utf8"))
    .join("\n");
  const missing = Object.keys(FILE_RULES).filter((rule) =>
    !new RegExp(`"(remark |fault )?${rule}"`).test(text)
  );
  assert.deepEqual(missing, []);
});
