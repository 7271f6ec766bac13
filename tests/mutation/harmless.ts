/** Changes after which a file is as right as it was before, and why. */

/** A kind of change that is no fault. */
export interface Harmless {
  /** Member, ordinals as `*`. */
  readonly pattern: RegExp;
  /** What was done to it; all changes where it is left out. */
  readonly change?: RegExp;
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
    reason:
      "the specification lets a reader take any version (a remark where it is neither 1 nor 2)",
  },
  {
    pattern: /^metadata\.schema\.\*\.fieldId$/,
    reason: "ids are the application's own",
  },
  {
    pattern: /^metadata\.schema\.\*\.name$/,
    change: /^root$/,
    reason: "the root's name means nothing",
  },
  {
    pattern: /\.columns\.\*\.fileOffset$/,
    reason: "deprecated: readers are told to ignore it (a remark)",
  },
];
