/** @module What a verifier finds. */

import type { RuleName } from "./rule_name.ts";

/** One thing that is wrong with a file, or that readers are known to trip over. */
export interface Fault {
  /** `"fault"`: contradicts the specification, or the file itself. `"remark"`: legal, but known to trip readers. */
  readonly severity: "fault" | "remark";
  /** Stable short name of the rule, in kebab-case. */
  readonly rule: RuleName;
  /** What was found, and what was expected. */
  readonly message: string;
  /** Ordinal of the row group. */
  readonly rowGroup?: number;
  /** Dotted path of the leaf column. */
  readonly column?: string;
  /** Ordinal of the data page in its column chunk; absent for a dictionary page. */
  readonly page?: number;
  /** Offset in the file of the bytes in question. */
  readonly offset?: number;
  /** Number of findings that this one stands for, if it ends a list that was cut. Default 1. */
  readonly count?: number;
}

/** Where something was found. */
export type Place = Pick<Fault, "rowGroup" | "column" | "page" | "offset">;
