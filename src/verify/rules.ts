/**
 * Every rule that a file is held against, by its stable name: how grave it is, and where the specification says so.
 *
 * @module
 */

import { CLAIM_RULES } from "./claim_rules.ts";
import { FILE_RULES } from "./file_rules.ts";
import { PAGE_RULES } from "./page_rules.ts";

/** One rule. */
export interface Rule {
  readonly severity: "fault" | "remark";
  /** What has to hold, in one line. */
  readonly rule: string;
  /** Document and section of the specification, or who trips over it. */
  readonly source: string;
}

/** All rules by name. */
export const RULES = { ...FILE_RULES, ...PAGE_RULES, ...CLAIM_RULES } as const;

/** Name of a rule. */
export type RuleName = keyof typeof RULES;
