/** Changes after which a file is as right as it was before, and why. */

import type { ClaimMutation } from "./claim_mutations.ts";
import type { FileModel } from "./file_model.ts";

/** A kind of change that is no fault. */
export interface Harmless {
  /** Member, ordinals as `*`. */
  readonly pattern: RegExp;
  /** What was done to it; all changes where it is left out. */
  readonly change?: RegExp;
  /** Which columns are meant; all where it is left out. */
  readonly when?: (mutation: ClaimMutation, file: FileModel) => boolean;
  readonly reason: string;
}

/** Every kind. */
export const HARMLESS: readonly Harmless[] = [
  {
    pattern: /^metadata\.createdBy$/,
    reason: "says who wrote the file, which no other byte repeats",
  },
  {
    pattern: /^metadata\.version$/,
    change: /^\+1$/,
    reason: "1 and 2 are both written, and mean the same to readers",
  },
  {
    pattern: /^metadata\.schema\.0\.name$/,
    reason: "the root's name means nothing",
  },
  {
    pattern: /^metadata\.keyValueMetadata(\.\*\.key)?$/,
    reason: "pairs are the application's own; a key that comes twice is a remark",
  },
  {
    pattern: /\.columns\.\*\.fileOffset$/,
    reason: "deprecated: readers are told to ignore it (a remark)",
  },
  {
    pattern: /\.metaData\.encodings$/,
    change: /^last twice$/,
    reason: "a list of what occurs, in which the same may stand twice (a remark)",
  },
  {
    pattern: /\.metaData\.encodings(\.\*)?$/,
    change: /^(one less|PLAIN|RLE_DICTIONARY)$/,
    when: ({ before, change, leaf, path }, { metadata }) => {
      const [, , rowGroup, , column] = path as [string, string, number, string, number];
      const { encodings } = metadata.rowGroups[rowGroup]!.columns[column]!.metaData;
      return before === "RLE" && leaf!.maxDefinitionLevel === 0 && leaf!.maxRepetitionLevel === 0 &&
        (change === "one less" || encodings.some((encoding) => encoding === change));
    },
    reason: "RLE need not be named where there are no levels",
  },
  {
    pattern: /\.statistics\.is(Max|Min)ValueExact$/,
    reason: "an exact bound may be said to be just a bound",
  },
  {
    pattern: /^metadata\.columnOrders\.\*\.type$/,
    change: /^IEEE_754_TOTAL_ORDER$/,
    when: ({ path }, { metadata }) => {
      const column = path[2] as number;
      return metadata.rowGroups.every(({ columns }) =>
        columns[column]!.metaData.statistics?.minValue === undefined
      );
    },
    reason: "says how bounds compare, and beside NaNs there are none",
  },
  {
    pattern: /^columnIndex\.boundaryOrder$/,
    change: /^UNORDERED$/,
    reason: "claims nothing",
  },
];

/** The kind of a change that is no fault; -1 for a fault. */
export function harmlessKind(mutation: ClaimMutation, file: FileModel): number {
  return HARMLESS.findIndex(({ pattern, change, when }) =>
    pattern.test(mutation.pattern) && (change?.test(mutation.change) ?? true) &&
    (when?.(mutation, file) ?? true)
  );
}
