/** @module Nested events, embeddings, and the two extremes: random values and sorted ones. */

import {
  type Column,
  date,
  embedding,
  float64,
  int32,
  int64,
  list,
  map,
  randomNumbers,
  struct,
  text,
  type TextLayout,
  timestamp,
} from "./columns.ts";

/** Events with list<struct<map>>. */
export function events(layout: TextLayout): Column[] {
  const random = randomNumbers("events");
  const below = (n: number) => Math.floor(random() * n);
  const attributes = map(
    "attributes",
    text("key", layout, () => `attribute.${below(30)}`),
    text(
      "value",
      layout,
      () => random() < 0.1 ? null : `value ${Math.floor(5000 * random() ** 3)}`,
    ),
    () => below(4),
  );
  const item = struct("item", [
    text("name", layout, () => `step-${below(60)}`),
    int64("duration", () => Math.floor(1e6 * random() ** 4)),
    attributes,
  ]);
  let now = 1_780_000_000_000_000;
  return [
    int64("id", (row) => 1_000_000 + row),
    timestamp("time", () => now += below(100_000)),
    text("kind", layout, () => ["click", "view", "purchase", "error"][below(4)]!),
    list("steps", item, () => random() < 0.1 ? null : below(5)),
    list("tags", text("item", layout, () => `tag-${below(200)}`), () => below(4)),
  ];
}

/** Vectors of 256 floats, as models give them. */
export function embeddings(layout: TextLayout): Column[] {
  const random = randomNumbers("embeddings");
  return [
    int64("id", (row) => row),
    text("document", layout, (row) => `documents/${row >> 3}/part-${row & 7}.md`),
    // A sum of uniform numbers, near enough to a normal distribution.
    embedding("vector", 256, () => (random() + random() + random() - 1.5) * 0.1),
  ];
}

/** Nothing repeats, nothing is in order: PLAIN is the best that there is. */
export function random(layout: TextLayout): Column[] {
  const next = randomNumbers("random");
  const token = () => {
    let made = "";
    while (made.length < 24) made += next().toString(36).slice(2);
    return made.slice(0, 8 + Math.floor(next() * 16));
  };
  return [
    int32("int", () => Math.floor(next() * 2 ** 32) | 0),
    int64("long", () => Math.floor(next() * 2 ** 53)),
    float64("double", () => next()),
    int64("sparse", () => next() < 0.5 ? null : Math.floor(next() * 2 ** 53)),
    text("token", layout, token),
  ];
}

/** Everything is in order. */
export function sorted(layout: TextLayout): Column[] {
  const next = randomNumbers("sorted");
  let id = 0;
  let now = 1_780_000_000_000_000;
  return [
    int64("id", () => id += 1 + Math.floor(next() * 3)),
    timestamp("time", () => now += Math.floor(next() * 1000)),
    date("day", (row) => 20_000 + Math.floor(row / 5000)),
    text(
      "key",
      layout,
      (row) => `customer/${String(Math.floor(row / 4)).padStart(10, "0")}/order/${row % 4}`,
    ),
    int32("bucket", (row) => Math.floor(row / 100)),
  ];
}
