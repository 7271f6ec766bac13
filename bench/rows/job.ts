/** @module One writer on one shape: writes a few times, and prints what it took as JSON. */

import process from "node:process";
import { timeRounds } from "../rounds.ts";
import { SHAPES } from "./shapes.ts";
import { WRITERS } from "./writers.ts";

const [writerName, shapeName, seconds = "4"] = process.argv.slice(2);
const shape = SHAPES.find(({ name }) => name === shapeName)!;
const rows = Array.from({ length: shape.rows }, (_, i) => shape.row(i));
const write = await WRITERS[writerName!]!(shape);

// As others count, too: the values as JSON.
const inputBytes = JSON.stringify(rows.slice(0, 1000)).length * (shape.rows / 1000);
const { last, ...took } = await timeRounds(async () => await write(rows), Number(seconds));
console.log(JSON.stringify({ rows: shape.rows, inputBytes, bytes: last, ...took }));
process.exit(0);
