/** @module The rows of the bench: five shapes, the same in every process. */

import { schema, t } from "../../mod.ts";

/** A shape of rows. */
export interface Shape {
  readonly name: string;
  readonly rows: number;
  readonly schema: ReturnType<typeof schema>;
  /** Makes row `i`. */
  row(i: number): Record<string, unknown>;
}

const mixed = (i: number) => Math.imul(i ^ (i >>> 15), 0x2c1b3c6d) >>> 0;
const random = (i: number) => mixed(mixed(i) + 0x9e3779b9) / 2 ** 32;

const CITIES = Array.from(
  { length: 200 },
  (_, i) => `city ${String.fromCharCode(65 + i % 26)}${i}`,
);
const STATES = ["open", "paid", "packed", "sent", "returned"];
const wide = Array.from({ length: 100 }, (_, i) => `c${i}`);

/** The shapes. */
export const SHAPES: readonly Shape[] = [
  {
    name: "flat numbers",
    rows: 200_000,
    schema: schema({
      id: t.int64(),
      quantity: t.int32(),
      price: t.float64(),
      weight: t.float64().nullable(),
      customer: t.int64(),
      active: t.bool(),
      at: t.timestamp("ms", "UTC"),
      score: t.float64(),
    }),
    row: (i) => ({
      id: i,
      quantity: mixed(i) % 100,
      price: Math.round(random(i) * 1e6) / 100,
      weight: i % 10 === 0 ? null : random(i + 7) * 50,
      customer: mixed(i + 1) % 50_000,
      active: i % 3 !== 0,
      at: new Date(1.7e12 + i * 1000),
      score: random(i + 3),
    }),
  },
  {
    name: "strings, few values",
    rows: 200_000,
    schema: schema({
      city: t.utf8(),
      state: t.utf8(),
      country: t.utf8().nullable(),
      agent: t.utf8(),
      kind: t.utf8(),
    }),
    row: (i) => ({
      city: CITIES[mixed(i) % CITIES.length],
      state: STATES[mixed(i + 1) % STATES.length],
      country: i % 7 === 0 ? null : "Österreich",
      agent: `agent ${mixed(i + 2) % 40}`,
      kind: i % 2 === 0 ? "business" : "private",
    }),
  },
  {
    name: "strings, many values",
    rows: 200_000,
    schema: schema({ id: t.utf8(), name: t.utf8(), email: t.utf8(), url: t.utf8().nullable() }),
    row: (i) => ({
      id: mixed(i).toString(16) + mixed(i + 5).toString(16),
      name: `Name ${mixed(i).toString(36)} Müller-${i}`,
      email: `user${i}@example${mixed(i) % 1000}.org`,
      url: i % 5 === 0 ? null : `https://example.org/items/${i}?ref=${mixed(i + 9).toString(36)}`,
    }),
  },
  {
    name: "nested",
    rows: 100_000,
    schema: schema({
      id: t.int64(),
      tags: t.list(t.utf8()),
      address: t.struct({ city: t.utf8(), zip: t.utf8().nullable(), lat: t.float64() }),
      items: t.list(t.struct({ sku: t.utf8(), count: t.int32(), price: t.float64() })),
    }),
    row: (i) => ({
      id: i,
      tags: STATES.slice(0, mixed(i) % 4),
      address: {
        city: CITIES[mixed(i + 1) % CITIES.length],
        zip: i % 4 === 0 ? null : String(10_000 + mixed(i) % 90_000),
        lat: random(i) * 180 - 90,
      },
      items: Array.from({ length: mixed(i + 2) % 4 }, (_, k) => ({
        sku: `sku-${mixed(i + k) % 5000}`,
        count: 1 + (mixed(i * 3 + k) % 9),
        price: Math.round(random(i + k) * 1e4) / 100,
      })),
    }),
  },
  {
    name: "wide, 100 columns",
    rows: 20_000,
    schema: schema(
      Object.fromEntries(
        wide.map((
          name,
          k,
        ) => [name, k % 4 === 3 ? t.utf8() : k % 4 === 2 ? t.float64() : t.int64()]),
      ),
    ),
    row: (i) =>
      Object.fromEntries(
        wide.map((name, k) => [
          name,
          k % 4 === 3
            ? CITIES[mixed(i + k) % CITIES.length]
            : k % 4 === 2
            ? random(i + k)
            : mixed(i * 7 + k) % (1 + k * 1000),
        ]),
      ),
  },
];
