/**
 * Writes the files of a job straight to where the table lives.
 *
 * @module
 */

import { schema } from "../../mod.ts";
import { type DataFile, writeDataset } from "../../src/dataset/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import type { WriteJob } from "./queue.ts";
import { readPart } from "./read_part.ts";

/** Writes the rows of a part, and gives the files. Nobody reads them before they are committed. */
export async function writePart(
  { inputs, table, part, schema: json }: WriteJob,
): Promise<DataFile[]> {
  const rows = await readPart(await openStore(inputs), part, schema(JSON.parse(json)));
  return await writeDataset(rows, table, { maxFileBytes: 256 * 1024 * 1024 });
}
