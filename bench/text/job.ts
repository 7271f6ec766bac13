/** @module One writer on one text: writes a few times, and prints what it took as JSON. */

import process from "node:process";
import { TEXTS } from "./texts.ts";
import { WRITERS } from "./writers.ts";

const [writerName, textName, seconds = "3"] = process.argv.slice(2);
const text = TEXTS.find(({ name }) => name === textName)!;
const making = WRITERS[writerName!]!(text);
if (making === null) {
  console.error("it does not take such texts");
  process.exit(2);
}
const write = await making;
const lines = text.header === undefined ? [] : [text.header];
for (let i = 0; i < text.rows; i++) lines.push(text.line(i));
const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
lines.length = 0;

const wall: number[] = [], cpu: number[] = [];
let written = 0;
const end = performance.now() + Number(seconds) * 1000;
for (let round = 0; round < 3 || performance.now() < end; round++) {
  const before = process.cpuUsage();
  const started = performance.now();
  written = await write(bytes);
  const took = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  // The first one warms up.
  if (round > 0) {
    wall.push(took);
    cpu.push((user + system) / 1000);
  }
}
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
console.log(
  JSON.stringify({
    rows: text.rows,
    inputBytes: bytes.length,
    bytes: written,
    rounds: wall.length,
    best: Math.min(...wall),
    median: median(wall),
    cpu: median(cpu),
  }),
);
process.exit(0);
