/**
 * Writes `zstd_wasm.generated.ts`: zstd compiled to WebAssembly, taken from the npm package `@bokuweb/zstd-wasm`.
 *
 * That package's build renames imports and exports to single letters, different ones in each release; its glue code says
 * which is which. Here they get zstd's own names back, what is not used is no longer exported, and compressors for dictionaries,
 * two fifths of the module, are left out.
 *
 * Run as a program it writes the file; with `--check` it says whether the file is what it would write.
 *
 * @module
 */

import binaryen from "binaryen";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as zlib from "node:zlib";

const PACKAGE = new URL("../../node_modules/@bokuweb/zstd-wasm/", import.meta.url);
const TARGET = new URL("zstd_wasm.generated.ts", import.meta.url);

/** What the loader (`zstd_wasm.ts`) uses. */
const EXPORTS = [
  "memory",
  "initialize",
  "malloc",
  "free",
  "ZSTD_isError",
  "ZSTD_compressBound",
  "ZSTD_createCCtx",
  "ZSTD_compress_usingDict",
  "ZSTD_decompress",
];
const IMPORTS = ["abort", "keepaliveClear", "setTimer", "resizeHeap", "exit"];

const IMPORT_SECTION = 2;
const EXPORT_SECTION = 7;

/** Letter → name, as the glue code has it. */
function namesOf(glue) {
  const exports = new Map();
  for (const [, name, letter] of glue.matchAll(/Module\['_(\w+)'\] = wasmExports\['(\w+)'\]/g)) {
    exports.set(letter, name);
  }
  const find = (pattern) => {
    const found = pattern.exec(glue);
    if (found === null) throw new Error(`Cannot read the glue code: nothing matches ${pattern}`);
    return found[1];
  };
  exports.set(find(/wasmMemory = wasmExports\['(\w+)'\]/), "memory");
  exports.set(find(/addOnInit\(wasmExports\['(\w+)'\]\)/), "initialize");
  const imports = new Map([
    [find(/(\w+): __abort_js/), "abort"],
    [find(/(\w+): __emscripten_runtime_keepalive_clear/), "keepaliveClear"],
    [find(/(\w+): __setitimer_js/), "setTimer"],
    [find(/(\w+): _emscripten_resize_heap/), "resizeHeap"],
    [find(/(\w+): _proc_exit/), "exit"],
  ]);
  return { exports, imports };
}

/** Reads LEB128 numbers, names and raw bytes front to back. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  number() {
    let value = 0, shift = 0, byte;
    do {
      byte = this.bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte & 0x80);
    return value;
  }
  raw(length) {
    return this.bytes.subarray(this.at, this.at += length);
  }
  name() {
    return new TextDecoder().decode(this.raw(this.number()));
  }
}

function number(value) {
  const bytes = [];
  do {
    bytes.push(value > 0x7f ? (value & 0x7f) | 0x80 : value);
    value = Math.floor(value / 128);
  } while (value > 0);
  return bytes;
}

function name(text) {
  const bytes = new TextEncoder().encode(text);
  return [...number(bytes.length), ...bytes];
}

function renamedImports(section, names) {
  const reader = new Reader(section);
  const count = reader.number();
  const out = number(count);
  for (let i = 0; i < count; i++) {
    reader.name();
    const letter = reader.name();
    const [kind, type] = [reader.number(), reader.number()];
    const full = names.get(letter);
    if (kind !== 0 || !IMPORTS.includes(full)) throw new Error(`Cannot provide import ${letter}`);
    out.push(...name("env"), ...name(full), kind, ...number(type));
  }
  return out;
}

function renamedExports(section, names) {
  const reader = new Reader(section);
  const count = reader.number();
  const kept = [];
  for (let i = 0; i < count; i++) {
    const full = names.get(reader.name());
    const [kind, index] = [reader.number(), reader.number()];
    if (EXPORTS.includes(full)) kept.push([full, ...name(full), kind, ...number(index)]);
  }
  const missing = EXPORTS.filter((wanted) => !kept.some(([full]) => full === wanted));
  if (missing.length > 0) throw new Error(`Cannot find exports ${missing.join(", ")}`);
  return [...number(kept.length), ...kept.flatMap(([, ...bytes]) => bytes)];
}

/** The module with zstd's own names. */
function renamed(wasm, { imports, exports }) {
  const parts = [wasm.subarray(0, 8)];
  const reader = new Reader(wasm);
  reader.at = 8;
  while (reader.at < wasm.length) {
    const id = reader.number();
    let section = reader.raw(reader.number());
    if (id === IMPORT_SECTION) section = Uint8Array.from(renamedImports(section, imports));
    if (id === EXPORT_SECTION) section = Uint8Array.from(renamedExports(section, exports));
    parts.push(Uint8Array.from([id, ...number(section.length)]), section);
  }
  return Buffer.concat(parts);
}

/** Rows of zstd's tables of functions: for a plain window, and for windows beside which there is something older to refer to. */
const DICTIONARY_MODES = 4;
/** Columns of those tables: strategies 0 to 9 (0 stands for 1), and 3 to 5 with hash tables in rows. */
const STRATEGIES = 10;
const ROW_STRATEGIES = 3;
/** Strategies that have no compressor for the last mode, a dictionary with a search of its own. */
const WITHOUT_OWN_SEARCH = [0, 1, 2, 6, 7, 8, 9];

/**
 * Leaves out the block compressors for dictionaries and external windows. One call of `ZSTD_compress_usingDict` without a dictionary has
 * a single window, whose row of `ZSTD_selectBlockCompressor`'s tables is the first one. The others are functions that only these tables
 * refer to.
 */
function withoutDictionaries(wasm) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
    env: Object.fromEntries(IMPORTS.map((name) => [name, () => 0])),
  });
  const words = [...new Uint32Array(exports.memory.buffer, 0, 2 ** 14)];
  const length = DICTIONARY_MODES * (STRATEGIES + ROW_STRATEGIES);
  const at = words.findIndex((_, i) => isTableOfCompressors(words.slice(i, i + length)));
  if (at < 0) throw new Error("Cannot find zstd's tables of block compressors");
  const strategies = DICTIONARY_MODES * STRATEGIES;
  const unused = new Set([
    ...words.slice(at + STRATEGIES, at + strategies),
    ...words.slice(at + strategies + ROW_STRATEGIES, at + length),
  ]);

  const module = binaryen.readBinary(new Uint8Array(wasm));
  try {
    const { name, table, offset, data } = binaryen.getElementSegmentInfo(
      module.getElementSegmentByIndex(0),
    );
    const first = binaryen.getExpressionInfo(offset).value;
    module.addFunction("leftOut", binaryen.none, binaryen.none, [], module.unreachable());
    const kept = data.map((entry, i) => unused.has(first + i) ? "leftOut" : entry);
    module.removeElementSegment(name);
    module.addActiveElementSegment(table, name, kept, module.i32.const(first));
    module.runPasses(["remove-unused-module-elements"]);
    return Buffer.from(module.emitBinary());
  } finally {
    module.dispose();
  }
}

/** Whether words are the slots of both tables: rows of their own, which name no slot twice but that of strategy 1. */
function isTableOfCompressors(words) {
  const own = words.filter((_, i) => {
    const [mode, strategy] = [Math.floor(i / STRATEGIES), i % STRATEGIES];
    return mode !== DICTIONARY_MODES - 1 || !WITHOUT_OWN_SEARCH.includes(strategy);
  });
  const zeroes = words.length - own.length;
  const distinct = new Set(own);
  return words.filter((word) => word === 0).length === zeroes && !distinct.has(0) &&
    // Strategy 0 in three rows, and the strongest one of two rows, which have it in common with the one before.
    own.length - distinct.size === 5 &&
    [0, 1, 2].every((mode) => words[mode * STRATEGIES] === words[mode * STRATEGIES + 1]);
}

/**
 * The DEFLATE stream that is checked in already, when it holds these bytes: versions of zlib differ in what they write, and
 * an unchanged module must not look like a changed one.
 */
async function checkedIn(bytes) {
  const text = await readFile(TARGET, "utf8").catch(() => "");
  const found = /ZSTD_WASM_DEFLATE: string =\s+"([^"]*)"/.exec(text);
  try {
    return found !== null &&
        zlib.inflateRawSync(Buffer.from(found[1], "base64")).equals(bytes)
      ? found[1]
      : null;
  } catch {
    return null;
  }
}

/**
 * Makes the text of `zstd_wasm.generated.ts`.
 *
 * @returns {Promise<string>}
 */
export async function buildZstd() {
  const { version } = JSON.parse(await readFile(new URL("package.json", PACKAGE), "utf8"));
  const source = await readFile(new URL("dist/common/zstd.wasm", PACKAGE));
  const glue = await readFile(new URL("dist/common/zstd.js", PACKAGE), "utf8");
  const wasm = withoutDictionaries(renamed(source, namesOf(glue)));
  const base64 = await checkedIn(wasm) ?? zlib.deflateRawSync(wasm, {
    level: 9,
    memLevel: 9,
  }).toString("base64");
  return `// Generated by src/compression/build.mjs from @bokuweb/zstd-wasm ${version}. Do not modify.
// Licences: see ZSTD_LICENSE.txt.

/** SHA-256 of the package's zstd.wasm, in hexadecimal. */
export const ZSTD_WASM_SOURCE_SHA256: string =
  "${createHash("sha256").update(source).digest("hex")}";

/** Bytes of the module. */
export const ZSTD_WASM_BYTE_LENGTH: number = ${wasm.length};

/** The module as a raw DEFLATE stream, which every runtime can inflate, in base64. */
export const ZSTD_WASM_DEFLATE: string =
  "${base64}";
`;
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  const text = await buildZstd();
  if (!process.argv.includes("--check")) await writeFile(TARGET, text);
  else if (await readFile(TARGET, "utf8").catch(() => "") !== text) {
    console.error(`${fileURLToPath(TARGET)} is not what its generator makes`);
    process.exitCode = 1;
  }
}
