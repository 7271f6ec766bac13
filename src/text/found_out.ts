/**
 * Columns whose types were found out from a text.
 *
 * They take what they were found out from and nothing else, so that no later record means another thing than it says. A text that is
 * read after another one, by its schema, is read as strictly: schemas remember it.
 *
 * @module
 */

import type { RowSchema } from "../rows/schema.ts";

const FOUND_OUT = new WeakMap<RowSchema, ReadonlySet<string>>();

/**
 * The names of the fields of `schema` whose types were found out, from this text or from that of the schema which was given.
 *
 * @param given The schema that was given; `null`: none was.
 * @param types Types that were given, by name.
 */
export function foundOutFields(
  schema: RowSchema,
  given: RowSchema | null,
  types: ReadonlyMap<string, unknown>,
): ReadonlySet<string> {
  const before = given === null ? schema.fields.map(({ name }) => name) : FOUND_OUT.get(given);
  const fields = new Set([...before ?? []].filter((name) => !types.has(name)));
  FOUND_OUT.set(schema, fields);
  return fields;
}
