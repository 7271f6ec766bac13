/**
 * Every rule that a file is held against, by its stable name: how grave it is, and where the specification says so.
 *
 * @module
 */

import { CLAIM_RULES } from "./claims/claim_rules.ts";
import { FILE_RULES } from "./frame/file_rules.ts";
import { PAGE_RULES } from "./pages/page_rules.ts";
import type { Rule } from "./rule.ts";
import type { RuleName } from "./rule_name.ts";

export type { RuleName };

/** All rules by name. */
export const RULES: Readonly<Record<RuleName, Rule>> = {
  ...FILE_RULES,
  ...PAGE_RULES,
  ...CLAIM_RULES,
};
