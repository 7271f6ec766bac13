/** @module One writer on one shape: writes a few times, and prints what it took as JSON. */

import process from "node:process";
import { SHAPES } from "./shapes.ts";
import { WRITERS } from "./writers.ts";

const [writerName, shapeName, seconds = "4"] = process.argv.slice(2);
const shape = SHAPES.find(({ name }) => name === shapeName)!;
const rows = Array.from({ length: shape.rows }, (_, i) => shape.row(i));
const write = await WRITERS[writerName!]!(shape);

// As others count, too: the values as JSON.
const inputBytes = JSON.stringify(rows.slice(0, 1000)).length * (shape.rows / 1000);
const wall: number[] = [], cpu: number[] = [];
let bytes = 0;
const end = performance.now() + Number(seconds) * 1000;
for (let round = 0; round < 3 || performance.now() < end; round++) {
  const before = process.cpuUsage();
  const started = performance.now();
  bytes = await write(rows);
  const took = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  // The first one warms up, unless there is time for no other.
  if (round > 0) {
    wall.push(took);
    cpu.push((user + system) / 1000);
  }
}
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
console.log(
  JSON.stringify({
    rows: shape.rows,
    inputBytes,
    bytes,
    rounds: wall.length,
    best: Math.min(...wall),
    median: median(wall),
    cpu: median(cpu),
  }),
);
process.exit(0);
