/** @module Rules about pages: checksums, compression, levels, values. */

import type { Rule } from "./rules.ts";

/** Rules by name. */
export const PAGE_RULES = {} as const satisfies Record<string, Rule>;
