/** What TypeScript knows of rows: checked by `deno check`, which the static checks run; an unused expectation is an error there. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fromRows,
  type InferRow,
  MemorySink,
  parquetStream,
  ParquetWriter,
  schema,
  t,
  toParquet,
  writeParquet,
} from "../../mod.ts";

const orders = schema({
  id: t.int64(),
  customer: t.utf8().nullable(),
  tags: t.list(t.utf8()),
  address: t.struct({ city: t.utf8(), zip: t.utf8().nullable() }),
  at: t.timestamp("us", "UTC"),
});
type Order = InferRow<typeof orders>;

const at = new Date();
const address = { city: "Graz" };
const good: Order = { id: 1n, tags: ["a"], address, at };

/** Never called: the compiler is what is tested. */
export async function wrongRows(): Promise<void> {
  const writer = new ParquetWriter(new MemorySink(), orders);
  await writer.write([good]);
  // @ts-expect-error -- the id is a string
  const a: Order = { ...good, id: "1" };
  // @ts-expect-error -- a tag is a number
  const b: Order = { ...good, tags: [1] };
  // @ts-expect-error -- there is no city
  const c: Order = { ...good, address: { zip: "8010" } };
  // @ts-expect-error -- the id is missing
  const d: Order = { tags: [], address, at };
  // @ts-expect-error -- the id is null
  const e: Order = { ...good, id: null };
  // @ts-expect-error -- there is no such column
  const f: Order = { id: 1, tags: [], address, at, other: 1 };
  // @ts-expect-error -- the id is a boolean
  await writer.write({ ...good, id: true });
  // @ts-expect-error -- the id is a boolean
  await toParquet([{ ...good, id: true }], { schema: orders });
  // @ts-expect-error -- the id is a boolean
  await writeParquet([{ ...good, id: true }], "x.parquet", { schema: orders });
  // @ts-expect-error -- the id is a boolean
  parquetStream([{ ...good, id: true }], { schema: orders });
  // @ts-expect-error -- keys are never null
  t.map(t.utf8().nullable(), t.int32());
  void [a, b, c, d, e, f];
}

test("rows that TypeScript takes are written", async () => {
  const interfaces: Order[] = [good, { ...good, customer: null }, { ...good, customer: "x" }];
  assert.ok((await toParquet(interfaces, { schema: orders })).length > 0);
  assert.ok((await toParquet(fromRows(interfaces, orders))).length > 0);
});
