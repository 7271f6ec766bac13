/**
 * Folders of partitions, named as Hive and Spark name them: `day=2026-01-31/city=a%2Fb`.
 *
 * @see https://github.com/apache/spark/blob/master/sql/catalyst/src/main/scala/org/apache/spark/sql/catalyst/catalog/ExternalCatalogUtils.scala
 *
 * @module
 */

/** The value of a partition whose column is null, or an empty text, which Spark does not tell apart. */
export const NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__";

/** What Spark escapes, and on top of it what paths of Windows cannot have. */
// deno-lint-ignore no-control-regex
const ESCAPED = /[\u0000-\u001f"#%'*/:=?\\\u007f{[\]^<>|]/g;

/** A name or a value as part of a path. */
export function escapePathName(text: string): string {
  return text.replace(
    ESCAPED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** The folder of a partition, without a slash at its end; `""` where there are no partition columns. */
export function partitionPath(
  columns: readonly string[],
  values: readonly (string | null)[],
): string {
  return columns.map((column, i) => {
    const value = values[i]!;
    const name = value === null || value === "" ? NULL_PARTITION : escapePathName(value);
    return `${escapePathName(column)}=${name}`;
  }).join("/");
}
