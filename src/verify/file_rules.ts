/** @module Rules about the file's frame: magic, footer, schema, row groups, chunk metadata, page headers. */

import type { Rule } from "./rules.ts";

/** Rules by name. */
export const FILE_RULES = {} as const satisfies Record<string, Rule>;
