/** @module Rules about what a file claims about its values: statistics, indexes, Bloom filters, order, sizes. */

import type { Rule } from "./rules.ts";

/** Rules by name. */
export const CLAIM_RULES = {} as const satisfies Record<string, Rule>;
