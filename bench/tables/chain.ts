/**
 * Logs and transactions of a blockchain: FixedSizeBinary of 20 and 32 bytes, decimals of 38 digits, binary, block numbers in
 * order. Few contracts and accounts are in most of the rows.
 *
 * @module
 */

import {
  binary,
  bool,
  type Column,
  decimal,
  fixedBinary,
  int32,
  int64,
  list,
  randomNumbers,
  timestamp,
} from "./columns.ts";

/** Fills `target` with the bytes that belong to `id`. */
function fillFrom(id: number, target: Uint8Array): void {
  let state = id + 1;
  for (let i = 0; i < target.length; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    target[i] = state >>> 24;
  }
}

function drawing(seed: string) {
  const random = randomNumbers(seed);
  const below = (n: number) => Math.floor(random() * n);
  const skewed = (n: number) => Math.floor(n * random() ** 5);
  const hash = (target: Uint8Array) => fillFrom(below(2 ** 31), target);
  const address = (target: Uint8Array) => fillFrom(skewed(200_000), target);
  const word = (target: Uint8Array) => {
    // A number of up to 10 bytes, in 32.
    for (let i = 32 - 1 - below(10); i < 32; i++) target[i] = below(256);
  };
  return { random, below, skewed, hash, address, word };
}

/** Rows of a block, and the microseconds between two. */
const BLOCK_ROWS = 180;
const BLOCK_MICROSECONDS = 12_000_000;
const FIRST_BLOCK = 19_000_000;
const block = (row: number) => FIRST_BLOCK + Math.floor(row / BLOCK_ROWS);
const time = (row: number) =>
  1_700_000_000_000_000 + Math.floor(row / BLOCK_ROWS) * BLOCK_MICROSECONDS;

/** The logs. */
export function chainLogs(): Column[] {
  const { random, below, skewed, hash, address, word } = drawing("logs");
  const transaction = new Uint8Array(32);
  return [
    int64("block_number", block),
    timestamp("block_time", time),
    int32("log_index", (row) => row % BLOCK_ROWS),
    fixedBinary("transaction_hash", 32, (target) => {
      // Logs of one transaction follow one another.
      if (random() < 0.4) hash(transaction);
      target.set(transaction);
    }),
    fixedBinary("address", 20, address),
    fixedBinary("topic0", 32, (target) => fillFrom(skewed(2000), target)),
    fixedBinary("topic1", 32, (target) => address(target.subarray(12))),
    fixedBinary("topic2", 32, (target) => address(target.subarray(12))),
    binary("data", () => {
      const data = new Uint8Array(32 * (1 + skewed(6)));
      for (let at = 0; at < data.length; at += 32) word(data.subarray(at, at + 32));
      return data;
    }),
    bool("removed", () => below(1000) === 0),
  ];
}

/** The transactions. */
export function chainTransactions(): Column[] {
  const { random, below, skewed, hash, address, word } = drawing("transactions");
  const wei = (digits: number) => {
    let value = BigInt(1 + below(10 ** 9));
    for (let i = 9; i < digits; i += 9) {
      value = value * 1_000_000_000n + BigInt(random() < 0.5 ? 0 : below(10 ** 9));
    }
    return value;
  };
  return [
    int64("block_number", block),
    timestamp("block_time", time),
    int32("transaction_index", (row) => row % BLOCK_ROWS),
    fixedBinary("hash", 32, hash),
    fixedBinary("from", 20, address),
    fixedBinary("to", 20, address),
    decimal("value", 38, 0, () => random() < 0.5 ? 0n : wei(27)),
    decimal("gas_price", 38, 0, () => wei(9)),
    int64("gas_used", () => random() < 0.4 ? 21_000 : 21_000 + skewed(400_000)),
    int64("nonce", () => skewed(1_000_000)),
    binary("input", () => {
      const words = random() < 0.4 ? 0 : 1 + skewed(8);
      const data = new Uint8Array(words === 0 ? 0 : 4 + 32 * words);
      if (words > 0) fillFrom(skewed(500), data.subarray(0, 4));
      for (let at = 4; at < data.length; at += 32) word(data.subarray(at, at + 32));
      return data;
    }),
    list(
      "access_list_gas",
      int64("item", () => 1900 + 100 * below(6)),
      () => random() < 0.8 ? 0 : below(4),
    ),
    int32("type", () => [2, 2, 2, 0, 1][below(5)]!),
  ];
}
