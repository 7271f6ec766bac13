/** Changes to what a file says: footer, page headers, indexes, Bloom filters, and the frame around them. */

import type { FileModel, Mutation } from "./file_model.ts";
import { fieldMutations, type Path, pathPattern, setMember } from "./field_mutations.ts";

/** A change to one member; `pattern` and `change` say which kind it is. */
export interface ClaimMutation extends Mutation {
  readonly pattern: string;
  readonly change: string;
}

function* membersOf(
  root: string,
  stage: Mutation["stage"],
  value: object | null,
  target: (model: FileModel) => object,
): Generator<ClaimMutation> {
  for (const { path, change, value: changed } of fieldMutations(value)) {
    const full: Path = [root, ...path];
    yield {
      name: `${full.join(".")}: ${change}`,
      pattern: pathPattern(full),
      change,
      stage,
      apply: (model) => setMember(target(model), path, changed),
    };
  }
}

/** Every change to every member of the footer, of page headers, indexes and Bloom filter headers. */
export function* claimMutations(file: FileModel): Generator<ClaimMutation> {
  yield* membersOf("metadata", "metadata", file.metadata, (model) => model.metadata);
  for (const [g, columns] of file.chunks.entries()) {
    for (const [c, chunk] of columns.entries()) {
      const of = (model: FileModel) => model.chunks[g]![c]!;
      for (const [p, page] of chunk.pages.entries()) {
        yield* membersOf("page", "pages", page.header, (model) => of(model).pages[p]!.header);
      }
      yield* membersOf("columnIndex", "indexes", chunk.columnIndex, (m) => of(m).columnIndex!);
      yield* membersOf("offsetIndex", "indexes", chunk.offsetIndex, (m) => of(m).offsetIndex!);
      if (chunk.bloomFilter === null) continue;
      yield* membersOf(
        "bloomFilter",
        "indexes",
        chunk.bloomFilter.header,
        (model) => of(model).bloomFilter!.header,
      );
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
      for (const [i, byte] of bloomFilter?.bits.entries() ?? []) {
        if (byte === 0) continue;
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
