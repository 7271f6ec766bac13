/** @module The texts of the bench, the same in every process, and what their columns are. */

import { schema, t } from "../../mod.ts";

/** A text. */
export interface Text {
  readonly name: string;
  readonly rows: number;
  readonly schema: ReturnType<typeof schema>;
  /** Line `i`, without its end. */
  line(i: number): string;
  /** The first line of CSV; absent: it is NDJSON. */
  readonly header?: string;
}

const mixed = (i: number) => Math.imul(i ^ (i >>> 15), 0x2c1b3c6d) >>> 0;
const random = (i: number) => mixed(mixed(i) + 0x9e3779b9) / 2 ** 32;
const STATES = ["open", "paid", "packed", "sent", "returned"];
const day = (i: number) => new Date(1.7e12 + (mixed(i) % 1000) * 86_400_000).toISOString();
const price = (i: number) => (Math.round(random(i) * 1e6) / 100).toFixed(2);

/** The texts, 20 to 40 MiB each. */
export const TEXTS: readonly Text[] = [
  {
    name: "CSV, numbers",
    rows: 500_000,
    header: "id,customer,quantity,price,weight,score",
    schema: schema({
      id: t.int64().nullable(),
      customer: t.int64().nullable(),
      quantity: t.int64().nullable(),
      price: t.float64().nullable(),
      weight: t.float64().nullable(),
      score: t.float64().nullable(),
    }),
    line: (i) =>
      `${i},${mixed(i + 1) % 50_000},${mixed(i) % 100},${price(i)},${
        i % 10 === 0 ? "" : (random(i + 7) * 50).toFixed(3)
      },${random(i + 3)}`,
  },
  {
    name: "CSV, mixed",
    rows: 400_000,
    header: "id,customer,state,price,day,at,active,note",
    schema: schema({
      id: t.int64().nullable(),
      customer: t.int64().nullable(),
      state: t.utf8().nullable(),
      price: t.float64().nullable(),
      day: t.date().nullable(),
      at: t.timestamp("us", "UTC").nullable(),
      active: t.bool().nullable(),
      note: t.utf8().nullable(),
    }),
    line: (i) =>
      `${i},${mixed(i + 1) % 50_000},${STATES[mixed(i + 2) % 5]},${price(i)},${
        day(i).slice(0, 10)
      },${day(i + 1).slice(0, 19)}Z,${i % 3 !== 0},${
        i % 8 === 0 ? `"note ""${i}"", quoted"` : i % 5 === 0 ? "" : `note ${mixed(i + 4) % 5000}`
      }`,
  },
  {
    name: "CSV, strings",
    rows: 300_000,
    header: "key,name,email,url",
    schema: schema({
      key: t.utf8().nullable(),
      name: t.utf8().nullable(),
      email: t.utf8().nullable(),
      url: t.utf8().nullable(),
    }),
    line: (i) =>
      `k${mixed(i).toString(16)},Name ${mixed(i).toString(36)} Müller-${i},user${i}@example${
        mixed(i) % 1000
      }.org,https://example.org/items/${i}?ref=${mixed(i + 9).toString(36)}`,
  },
  {
    name: "NDJSON, flat",
    rows: 250_000,
    schema: schema({
      id: t.int64().nullable(),
      state: t.utf8().nullable(),
      price: t.float64().nullable(),
      active: t.bool().nullable(),
      note: t.utf8().nullable(),
    }),
    line: (i) =>
      `{"id":${i},"state":"${STATES[mixed(i) % 5]}","price":${Number(price(i))},"active":${
        i % 3 !== 0
      },"note":${i % 5 === 0 ? "null" : `"note ${mixed(i + 4) % 5000}"`}}`,
  },
  {
    name: "NDJSON, nested",
    rows: 150_000,
    schema: schema({
      id: t.int64().nullable(),
      tags: t.list(t.utf8().nullable()).nullable(),
      address: t.struct({ city: t.utf8().nullable(), lat: t.float64().nullable() }).nullable(),
      items: t.list(
        t.struct({ sku: t.utf8().nullable(), count: t.int64().nullable() }).nullable(),
      ).nullable(),
    }),
    line: (i) =>
      JSON.stringify({
        id: i,
        tags: STATES.slice(0, mixed(i) % 4),
        address: { city: `city ${mixed(i + 1) % 200}`, lat: random(i) * 180 - 90 },
        items: Array.from({ length: mixed(i + 2) % 4 }, (_, k) => ({
          sku: `sku-${mixed(i + k) % 5000}`,
          count: 1 + (mixed(i * 3 + k) % 9),
        })),
      }),
  },
];
