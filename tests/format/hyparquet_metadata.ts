/** What hyparquet read, in the form of `src/format/metadata.ts`, bounds left out: hyparquet turns them into values. */

import type { FileMetaData } from "hyparquet";

const LEFT_OUT = new Set(["metadata_length", "min", "max", "min_value", "max_value"]);

/** The form of `ParquetMetaData`, without what hyparquet does not read. */
export function fromHyparquet(metadata: FileMetaData): unknown {
  return convert(metadata);
}

function convert(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => member !== undefined && !LEFT_OUT.has(key))
      .map(([key, member]) => {
        if (key === "type" && member === "NULL") return [key, "UNKNOWN"];
        return [key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()), convert(member)];
      }),
  );
}
