/**
 * The micro suite's tables: 4,096 rows of random values, a quarter of them null, in the manner of arrow-rs'
 * `benches/arrow_writer.rs`.
 *
 * @module
 */

import {
  binaryView,
  bool,
  type Column,
  float16,
  float32,
  float64,
  int32,
  int64,
  list,
  randomNumbers,
  text,
  uint32,
  uint64,
} from "./columns.ts";

/** Rows of a micro table. */
export const MICRO_ROWS = 4096;

const NULLS = 0.25;
const LONGEST = 400;
const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Columns by the name of the table; those called `non_null` hold no nulls. */
export function microTable(name: string): Column[] {
  const random = randomNumbers(name);
  const below = (n: number) => Math.floor(random() * n);
  const nulls = name.endsWith("non_null") ? 0 : NULLS;
  const some = <T>(draw: () => T) => (): T | null => random() < nulls ? null : draw();
  const word = () => {
    let made = "";
    for (let left = below(LONGEST); left > 0; left--) made += CHARACTERS[below(CHARACTERS.length)];
    return made;
  };
  const words = Array.from({ length: 100 }, word);
  const exact = () => below(2 ** 31) * 2 ** 21 + below(2 ** 21);
  const number = () => random() < 0.1 ? NaN : random();
  switch (name.replace(/_non_null$/, "")) {
    case "primitive":
      return [
        int32("_1", some(() => below(2 ** 32) | 0)),
        int64("_2", some(exact)),
        uint32("_3", some(() => below(2 ** 32))),
        uint64("_4", some(exact)),
        float32("_5", some(random)),
        float64("_6", some(random)),
      ];
    case "bool":
      return [bool("_1", some(() => random() < 0.75))];
    case "string":
      return [text("_1", "utf8", some(word)), text("_2", "largeUtf8", some(word))];
    case "string_and_binary_view":
      return [text("_1", "utf8View", some(word)), binaryView("_2", some(word))];
    case "string_dictionary":
      return [text("_1", "dictionary", some(() => words[below(words.length)]!))];
    case "float_with_nans":
      return [
        float16("_1", some(number)),
        float32("_2", some(number)),
        float64("_3", some(number)),
      ];
    case "list_primitive": {
      const lengths = () => some(() => below(5));
      return [
        list("_1", int32("item", some(() => below(2 ** 32) | 0)), lengths()),
        list("_2", bool("item", some(() => random() < 0.75)), lengths()),
        list("_3", text("item", "largeUtf8", some(word)), lengths()),
      ];
    }
    default:
      throw new TypeError(`There is no micro table "${name}"`);
  }
}
