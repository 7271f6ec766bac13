/**
 * TPC-H's `lineitem` and `orders`, by the distributions of section 4.2.3 of the specification; comments are words of its
 * grammar's lists in random order.
 *
 * @see https://www.tpc.org/tpch/
 * @module
 */

import {
  type Column,
  date,
  decimal,
  int32,
  int64,
  randomNumbers,
  text,
  type TextLayout,
} from "./columns.ts";

/** Days since 1970 of 1992-01-01, of the last order date and of what the specification calls CURRENTDATE. */
const FIRST_DAY = 8035;
const LAST_ORDER_DAY = 10440;
const CURRENT_DAY = 9298;

const WORDS =
  "foxes ideas theodolites pinto beans instructions dependencies excuses platelets asymptotes courts dolphins multipliers sauternes warthogs frets dinos attainments sleep wake are cajole haggle nag use boost affix detect integrate maintain nod furious sly careful blithe quick fluffy slow quiet ruthless thin close dogged daring brave final regular special express pending"
    .split(" ");
const PRIORITIES = ["1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"];
const INSTRUCTIONS = ["DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"];
const MODES = ["REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"];

function commenter(random: () => number, shortest: number, longest: number): () => string {
  return () => {
    const length = shortest + Math.floor(random() * (longest - shortest + 1));
    let comment = "";
    while (comment.length < length) comment += `${WORDS[Math.floor(random() * WORDS.length)]} `;
    return comment.slice(0, length);
  };
}

/** Keys are sparse: 8 of every 32. */
const orderKey = (order: number) => (order >> 3 << 5) | (order & 7);

/** `lineitem`, 6,000,000 rows at scale factor 1; an order has 1 to 7 lines. */
export function lineitem(layout: TextLayout): Column[] {
  const random = randomNumbers("lineitem");
  const below = (n: number) => Math.floor(random() * n);
  const comment = commenter(random, 10, 43);
  // Columns are made one after another, a batch at a time: what belongs to one row is drawn by its first column.
  const line = {
    order: new Map<number, { order: number; number: number; shipped: number; received: number }>(),
    current: 0,
    left: 0,
    number: 0,
    ordered: 0,
  };
  function draw(row: number) {
    if (line.left === 0) {
      line.current++;
      line.left = 1 + below(7);
      line.number = 0;
      line.ordered = FIRST_DAY + below(LAST_ORDER_DAY - FIRST_DAY + 1);
    }
    line.left--;
    const shipped = line.ordered + 1 + below(121);
    const drawn = {
      order: line.current,
      number: ++line.number,
      shipped,
      received: shipped + 1 + below(30),
    };
    line.order.set(row, drawn);
    return drawn;
  }
  const at = (row: number) => line.order.get(row)!;
  return [
    int64("l_orderkey", (row) => orderKey(draw(row).order)),
    int64("l_partkey", () => 1 + below(200_000)),
    int64("l_suppkey", () => 1 + below(10_000)),
    int32("l_linenumber", (row) => at(row).number),
    decimal("l_quantity", 15, 2, () => BigInt(100 * (1 + below(50)))),
    decimal("l_extendedprice", 15, 2, () => BigInt(90_000 + below(10_000_000))),
    decimal("l_discount", 15, 2, () => BigInt(below(11))),
    decimal("l_tax", 15, 2, () => BigInt(below(9))),
    text("l_returnflag", layout, (row) => {
      if (at(row).received > CURRENT_DAY) return "N";
      return random() < 0.5 ? "R" : "A";
    }),
    text("l_linestatus", layout, (row) => at(row).shipped > CURRENT_DAY ? "O" : "F"),
    date("l_shipdate", (row) => at(row).shipped),
    date("l_commitdate", (row) => at(row).shipped - 30 + below(61)),
    date("l_receiptdate", (row) => at(row).received),
    text("l_shipinstruct", layout, () => INSTRUCTIONS[below(INSTRUCTIONS.length)]!),
    text("l_shipmode", layout, () => MODES[below(MODES.length)]!),
    text("l_comment", layout, (row) => {
      line.order.delete(row);
      return comment();
    }),
  ];
}

/** `orders`, 1,500,000 rows at scale factor 1. */
export function orders(layout: TextLayout): Column[] {
  const random = randomNumbers("orders");
  const below = (n: number) => Math.floor(random() * n);
  const comment = commenter(random, 19, 78);
  return [
    int64("o_orderkey", (row) => orderKey(row + 1)),
    // A third of the customers place no orders.
    int64("o_custkey", () => 1 + 3 * below(50_000) + below(2)),
    text("o_orderstatus", layout, () => ["F", "O", "P"][Math.min(2, below(41) / 20 | 0)]!),
    decimal("o_totalprice", 15, 2, () => BigInt(85_000 + below(50_000_000))),
    date("o_orderdate", () => FIRST_DAY + below(LAST_ORDER_DAY - FIRST_DAY + 1)),
    text("o_orderpriority", layout, () => PRIORITIES[below(PRIORITIES.length)]!),
    text("o_clerk", layout, () => `Clerk#${String(1 + below(1000)).padStart(9, "0")}`),
    int32("o_shippriority", () => 0),
    text("o_comment", layout, comment),
  ];
}
