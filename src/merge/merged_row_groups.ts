/**
 * The row groups of the merged file: those of the inputs, one after the other, copied or, if need be, encoded again.
 *
 * @module
 */

import type { RowGroup } from "../format/metadata.ts";
import type { WriteEnd } from "../pipeline/write_end.ts";
import { copyBloomFilters, copyRowGroup } from "./copy_row_group.ts";
import type { RowGroupJoiner } from "./join_row_groups.ts";
import { type MergeInput, type RowGroupPart, withSource } from "./merge_input.ts";
import type { ResolvedMergeOptions } from "./merge_options.ts";
import type { BloomFilterBytes, BloomFilterCopy, MergeContext } from "./merge_output.ts";

/** Writes the row groups of all inputs, and their Bloom filters. */
export class MergedRowGroups {
  readonly #context: MergeContext;
  readonly #groups: readonly (readonly RowGroupPart[])[];
  readonly #end: WriteEnd;
  readonly #options: ResolvedMergeOptions;
  readonly #totalBytes: number;
  #bytes = 0;
  readonly #copiedFilters = new Map<MergeInput, BloomFilterCopy[]>();
  readonly #joinedFilters: BloomFilterBytes[] = [];
  #joiner: RowGroupJoiner | null = null;

  /** Nothing is read yet. */
  constructor(
    context: MergeContext,
    inputs: readonly MergeInput[],
    end: WriteEnd,
    options: ResolvedMergeOptions,
  ) {
    this.#context = context;
    this.#groups = groupsOf(inputs, options.rowGroupRows ?? 0);
    this.#end = end;
    this.#options = options;
    this.#totalBytes = this.#groups.flat().reduce((sum, part) => sum + bytesOf(part), 0);
  }

  /** Writes everything up to the page indexes. */
  async write(): Promise<void> {
    const groups = this.#groups;
    for (let first = 0; first < groups.length;) {
      const [part] = groups[first] as [RowGroupPart, ...RowGroupPart[]];
      let next = first + 1;
      if (isEncoded(groups[first]!)) await this.#end.orFailure(this.#join(groups[first]!));
      else {
        const isSame = (group: readonly RowGroupPart[] | undefined) =>
          group !== undefined && group[0]!.input === part.input && !isEncoded(group);
        while (isSame(groups[next])) next++;
        await this.#end.orFailure(this.#copy(part.input, groups.slice(first, next).flat()));
      }
      first = next;
    }
    // They may be large, and stand behind the row groups: read again rather than kept.
    const { output } = this.#context;
    for (const [input, found] of this.#copiedFilters) {
      await this.#end.orFailure(
        withSource(input, (file) => copyBloomFilters({ input, file, output }, found)),
      );
    }
    await this.#end.orFailure(output.writeBloomFilters(this.#joinedFilters));
  }

  async #copy(input: MergeInput, parts: readonly RowGroupPart[]): Promise<void> {
    await withSource(input, async (file) => {
      for (const part of parts) {
        const found = await copyRowGroup({ ...this.#context, input, file }, part.ordinal);
        const known = this.#copiedFilters.get(input) ?? [];
        if (found.length > 0) this.#copiedFilters.set(input, [...known, ...found]);
        this.#done([part]);
      }
    });
  }

  async #join(parts: readonly RowGroupPart[]): Promise<void> {
    if (this.#joiner === null) {
      // Loaded when needed: decoders and encoders.
      const { RowGroupJoiner } = await import("./join_row_groups.ts");
      this.#joiner = new RowGroupJoiner(this.#context, this.#options);
    }
    this.#joinedFilters.push(...await this.#joiner.join(parts));
    this.#done(parts);
  }

  #done(parts: readonly RowGroupPart[]): void {
    for (const part of parts) this.#bytes += bytesOf(part);
    const { numRows } = this.#context.output;
    this.#options.onProgress?.({ rows: numRows, bytes: this.#bytes, totalBytes: this.#totalBytes });
  }
}

/** Whether row groups are decoded and encoded again: several become one, or the pages of one are at fault. */
function isEncoded(parts: readonly RowGroupPart[]): boolean {
  return parts.length > 1 ||
    parts.some(({ input, ordinal }) => input.omissions.has("pages", ordinal));
}

/** Row groups that are to become one each: some that have no more than `most` rows together, or any one. */
function groupsOf(inputs: readonly MergeInput[], most: number): RowGroupPart[][] {
  const groups: RowGroupPart[][] = [];
  let rows = Infinity;
  for (const input of inputs) {
    for (const [ordinal, { numRows }] of input.metadata.rowGroups.entries()) {
      // Readers trip over row groups without rows.
      if (numRows === 0) continue;
      rows += numRows;
      if (rows <= most) groups.at(-1)!.push({ input, ordinal });
      else {
        groups.push([{ input, ordinal }]);
        rows = numRows;
      }
    }
  }
  return groups;
}

function bytesOf({ input, ordinal }: RowGroupPart): number {
  const { columns }: RowGroup = input.metadata.rowGroups[ordinal]!;
  return columns.reduce((sum, { metaData }) => sum + metaData.totalCompressedSize, 0);
}
