/** A file of the user's becomes Parquet: see README.md. */

import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import {
  BlobSink,
  describeFile,
  fromCsv,
  fromJson,
  fromNdjson,
  readParquetMetadata,
  writeParquet,
} from "parquet-ext";

/** Rows that are shown. */
const PREVIEW_ROWS = 20;

const element = (id) => document.getElementById(id);
const [drop, picker, codec, save, status, result] = [
  "drop",
  "file",
  "codec",
  "save",
  "status",
  "result",
].map(element);

/** How files are read, by the ending of their names; texts may be compressed. */
const READERS = {
  csv: (file) => fromCsv(file),
  tsv: (file) => fromCsv(file),
  txt: (file) => fromCsv(file),
  ndjson: (file) => fromNdjson(file),
  jsonl: (file) => fromNdjson(file),
  json: (file) => fromJson(file),
  arrow: (file) => file,
  arrows: (file) => file,
  feather: (file) => file,
  parquet: async (file) => {
    return await parquetReadObjects({ file: byRanges(file), compressors });
  },
};

let chosen = null;
let finished = null;
/** Aborts the conversion under way when another one begins. */
let running = new AbortController();

async function convert() {
  if (chosen === null) return;
  running.abort();
  const { signal } = running = new AbortController();
  const file = chosen;
  save.disabled = true;
  finished = null;
  say(`Converting ${file.name} …`);
  try {
    const ending = /\.(\w+)(?:\.(?:gz|zst))?$/.exec(file.name.toLowerCase())?.[1];
    const read = Object.hasOwn(READERS, ending ?? "") ? READERS[ending] : undefined;
    if (read === undefined) {
      const known = Object.keys(READERS).map((name) => `.${name}`).join(", ");
      throw new TypeError(`Cannot read ${file.name}: expected ${known}, or texts as .gz or .zst`);
    }
    const sink = new BlobSink();
    const hints = [];
    const started = performance.now();
    const { numRows } = await writeParquet(await read(file), sink, {
      compression: codec.value,
      signal,
      onProgress: ({ rowsWritten }) => say(`Converting ${file.name}: ${count(rowsWritten)} rows …`),
      onDiagnostic: ({ message }) => hints.push(message),
    });
    const seconds = (performance.now() - started) / 1000;
    await show(sink.blob());
    signal.throwIfAborted();
    finished = { sink, name: file.name.replace(/(\.[^.]*)(\.(gz|zst))?$/i, "") + ".parquet" };
    save.disabled = false;
    say(
      `${count(numRows)} row${numRows === 1 ? "" : "s"}: ${size(file.size)} became ${
        size(sink.blob().size)
      } ` +
        `in ${seconds.toFixed(2)} s. ${hints.join(" ")}`,
    );
  } catch (error) {
    if (signal.aborted) return;
    result.hidden = true;
    say(error.message, true);
  }
}

/** Shows what a reader finds in the file. */
async function show(blob) {
  const { rowGroups } = describeFile(await readParquetMetadata(blob));
  const columns = new Map();
  for (const column of rowGroups.flatMap((group) => group.columns)) {
    const type = column.logicalType ?? column.physicalType;
    const sum = columns.get(column.path) ?? { type, nulls: 0, bytes: 0 };
    sum.nulls += column.nullCount ?? 0;
    sum.bytes += column.compressedSize;
    columns.set(column.path, sum);
  }
  element("schema").replaceChildren(
    ...[...columns].map(([path, { type, nulls, bytes }]) => row([path, type, nulls, bytes])),
  );
  const rows = await parquetReadObjects({
    file: byRanges(blob),
    rowEnd: PREVIEW_ROWS,
    compressors,
  });
  const names = Object.keys(rows[0] ?? {});
  const header = row(names, "th");
  for (const cell of header.cells) cell.scope = "col";
  element("names").replaceChildren(header);
  element("rows").replaceChildren(
    ...rows.map((values) => row(names.map((name) => shown(values[name], columns.get(name)?.type)))),
  );
  result.hidden = false;
}

/** A file of hyparquet, of which only what is needed is read. */
function byRanges(blob) {
  return {
    byteLength: blob.size,
    slice: (start, end) => blob.slice(start, end).arrayBuffer(),
  };
}

/** Days have no time. */
function shown(value, type) {
  return type === "DATE" && value instanceof Date ? value.toISOString().slice(0, 10) : value;
}

function row(values, tag = "td") {
  const tr = document.createElement("tr");
  for (const value of values) {
    const cell = document.createElement(tag);
    cell.textContent = text(value);
    if (typeof value === "number" || typeof value === "bigint") cell.className = "number";
    tr.append(cell);
  }
  return tr;
}

function text(value) {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_, part) => typeof part === "bigint" ? String(part) : part);
}

const count = (n) => n.toLocaleString("en");
const size = (bytes) =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

function say(message, isError = false) {
  status.textContent = message;
  status.classList.toggle("error", isError);
}

function choose(file) {
  if (file === undefined) return;
  chosen = file;
  convert();
}

picker.addEventListener("change", () => choose(picker.files[0]));
codec.addEventListener("change", convert);
save.addEventListener("click", () => finished?.sink.download(finished.name));
element("options").addEventListener("submit", (event) => event.preventDefault());
for (const type of ["dragenter", "dragover"]) {
  drop.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const type of ["dragleave", "drop"]) {
  drop.addEventListener(type, () => drop.classList.remove("over"));
}
// A file that misses the field must not replace the page.
for (const type of ["dragover", "drop"]) {
  addEventListener(type, (event) => event.preventDefault());
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  choose(event.dataTransfer.files[0]);
});
