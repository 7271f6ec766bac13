/** Changes to what a file says: footer, page headers, indexes, Bloom filters, and the frame around them. */

import { buildSchemaTree, type SchemaNode } from "../../src/format/schema_tree.ts";
import type { ChunkModel, FileModel, Mutation } from "./file_model.ts";
import { fieldMutations, type Path, pathPattern, setMember } from "./field_mutations.ts";

/** A change to one member; `pattern` and `change` say which kind it is. */
export interface ClaimMutation extends Mutation {
  readonly pattern: string;
  readonly path: Path;
  readonly change: string;
  /** What was there before: of a list, its last item. */
  readonly before: unknown;
  /** The column that is meant, if it is one. */
  readonly leaf: SchemaNode | null;
}

function* membersOf(
  root: string,
  stage: Mutation["stage"],
  value: object | null,
  leaf: (path: Path) => SchemaNode | null,
  target: (model: FileModel) => object,
): Generator<ClaimMutation> {
  for (const { path, change, before, value: changed } of fieldMutations(value)) {
    const full: Path = [root, ...path];
    const name = `${full.join(".")}: ${change}`;
    yield {
      name,
      pattern: name.startsWith("metadata.schema.0.") ? full.join(".") : pathPattern(full),
      path: full,
      change,
      before,
      leaf: leaf(path),
      stage,
      apply: (model) => setMember(target(model), path, changed),
    };
  }
}

/** What is in a column index and can only be judged as a whole: see {@linkcode indexMutations}. */
const BOUNDS = /^columnIndex\.((min|max)Values\.\*|boundaryOrder)$/;

/** Every change to every member of the footer, of page headers, indexes and Bloom filter headers. */
export function* claimMutations(file: FileModel): Generator<ClaimMutation> {
  const { leaves } = buildSchemaTree(file.metadata.schema);
  // metadata.rowGroups.0.columns.3…
  const leafAt = (path: Path) => path[2] === "columns" ? leaves[path[3] as number] ?? null : null;
  yield* membersOf("metadata", "metadata", file.metadata, leafAt, (model) => model.metadata);
  for (const [g, columns] of file.chunks.entries()) {
    for (const [c, chunk] of columns.entries()) {
      const leaf = () => leaves[c]!;
      const of = (model: FileModel) => model.chunks[g]![c]!;
      for (const [p, { header }] of chunk.pages.entries()) {
        yield* membersOf("page", "pages", header, leaf, (model) => of(model).pages[p]!.header);
      }
      const { columnIndex, offsetIndex, bloomFilter } = chunk;
      for (
        const mutation of membersOf(
          "columnIndex",
          "indexes",
          columnIndex,
          leaf,
          (model) => of(model).columnIndex!,
        )
      ) {
        if (!BOUNDS.test(mutation.pattern) || mutation.change === "UNORDERED") yield mutation;
      }
      yield* membersOf("offsetIndex", "indexes", offsetIndex, leaf, (m) => of(m).offsetIndex!);
      const header = bloomFilter?.header ?? null;
      yield* membersOf("bloomFilter", "indexes", header, leaf, (m) => of(m).bloomFilter!.header);
    }
  }
}

/** Bounds of the column index that are too narrow, null pages that are said to have bounds, and bits that a value has set. */
export function* indexMutations(file: FileModel): Generator<Mutation> {
  for (const [g, columns] of file.chunks.entries()) {
    for (const [c, { columnIndex, bloomFilter }] of columns.entries()) {
      const where = `row group ${g}, column ${c}`;
      for (const [p, isNull] of columnIndex?.nullPages.entries() ?? []) {
        const { minValues, maxValues } = columnIndex!;
        const [min, max] = [minValues[p]!, maxValues[p]!];
        if (!isNull && String(min) === String(max)) continue;
        const set = (list: "minValues" | "maxValues", value: Uint8Array): Mutation => ({
          name: `${where}: ${list}[${p}] is ${isNull ? "there" : "the other bound"}`,
          stage: "indexes",
          apply: (model) => {
            model.chunks[g]![c]!.columnIndex![list][p] = value;
          },
        });
        yield set("minValues", isNull ? Uint8Array.of(1) : max);
        yield set("maxValues", isNull ? Uint8Array.of(1) : min);
      }
      for (const order of falseOrders(columnIndex)) {
        yield {
          name: `${where}: boundary order ${order}`,
          stage: "indexes",
          apply: (model) => {
            model.chunks[g]![c]!.columnIndex!.boundaryOrder = order;
          },
        };
      }
      const { type } = file.metadata.rowGroups[g]!.columns[c]!.metaData;
      for (const [i, byte] of bloomFilter?.bits.entries() ?? []) {
        // For a zero the other zero's bits are set too, which no value of the file needs.
        if (byte === 0 || type === "DOUBLE") continue;
        yield {
          name: `${where}: byte ${i} of the Bloom filter is cleared`,
          stage: "indexes",
          apply: (model) => {
            model.chunks[g]![c]!.bloomFilter!.bits[i] = 0;
          },
        };
      }
    }
  }
}

/** Orders that bounds do not have. */
function falseOrders(index: ChunkModel["columnIndex"]): ("ASCENDING" | "DESCENDING")[] {
  if (index === null) return [];
  const bounds = index.minValues.filter((_, p) => !index.nullPages[p]);
  if (new Set(bounds.map(String)).size < 2) return [];
  if (index.boundaryOrder === "UNORDERED") return ["ASCENDING", "DESCENDING"];
  return [index.boundaryOrder === "ASCENDING" ? "DESCENDING" : "ASCENDING"];
}

/** Changes to the first and last bytes of a file, and bytes too many or too few. */
export function* frameMutations(bytes: Uint8Array): Generator<Mutation> {
  const atByte = (i: number): Mutation => ({
    name: `byte ${i} of ${bytes.length}`,
    stage: "bytes",
    apply: (_model, file) => {
      file[i]! ^= 0x10;
    },
  });
  for (let i = 0; i < 4; i++) yield atByte(i);
  for (let i = bytes.length - 8; i < bytes.length; i++) yield atByte(i);
  for (let length = 0; length < bytes.length; length += 1 + (bytes.length >> 6)) {
    yield {
      name: `the first ${length} bytes`,
      stage: "bytes",
      apply: (_m, file) => file.slice(0, length),
    };
  }
  for (const at of [4, bytes.length - 8]) {
    yield {
      name: `a byte more at ${at}`,
      stage: "bytes",
      apply: (_model, file) => Uint8Array.of(...file.subarray(0, at), 7, ...file.subarray(at)),
    };
  }
}
