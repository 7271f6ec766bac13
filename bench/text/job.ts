/** @module One writer on one text: writes a few times, and prints what it took as JSON. */

import process from "node:process";
import { timeRounds } from "../rounds.ts";
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

const { last, ...took } = await timeRounds(async () => await write(bytes), Number(seconds));
console.log(JSON.stringify({ rows: text.rows, inputBytes: bytes.length, bytes: last, ...took }));
process.exit(0);
