/** @module A web log of 100 columns: URLs, agents, UUIDs as text, JSON, counters, flags, and columns that are always null. */

import {
  bool,
  type Column,
  float64,
  int32,
  int64,
  randomNumbers,
  text,
  type TextLayout,
  timestamp,
} from "./columns.ts";

const FAMILIES = [
  "Mozilla/5.0 (X11; Linux x86_64)",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)",
];
const COUNTRIES = ["AT", "DE", "FR", "US", "BR", "IN", "JP", "ZA", "GB", "IT"];

/** The table. */
export function webLog(layout: TextLayout): Column[] {
  const random = randomNumbers("web log");
  const below = (n: number) => Math.floor(random() * n);
  /** Few are frequent, many are rare. */
  const skewed = (n: number) => Math.floor(n * random() ** 4);
  const hex = (digits: number) => {
    let made = "";
    while (made.length < digits) made += below(2 ** 32).toString(16).padStart(8, "0");
    return made.slice(0, digits);
  };
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  const url = () =>
    `https://www.example.com/shop/${["shoes", "hats", "coats"][below(3)]}/item-${
      skewed(20_000)
    }?ref=${skewed(300)}&session=${hex(8)}`;
  const agent = () => {
    const version = `${100 + skewed(30)}.0.${below(5)}.${skewed(200)}`;
    return `${
      FAMILIES[skewed(3)]
    } AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version} Safari/537.36`;
  };
  let now = 1_780_000_000_000_000;
  const columns = [
    timestamp("time", () => now += below(20_000)),
    text("request_id", layout, uuid),
    text("url", layout, url),
    text("referer", layout, () => random() < 0.4 ? null : url()),
    text("agent", layout, agent),
    text("country", layout, () => COUNTRIES[skewed(COUNTRIES.length)]!),
    text(
      "properties",
      layout,
      () =>
        JSON.stringify({ cart: below(9), variant: "ab"[below(2)], path: [skewed(50), skewed(50)] }),
    ),
    int32("status", () => [200, 200, 200, 304, 404, 500][below(6)]!),
    int64("user_id", () => 10_000_000 + skewed(500_000)),
    int64("bytes", () => Math.floor(200 + 1e6 * random() ** 6)),
    float64("seconds", () => Math.round(1000 * random() ** 3) / 1000),
  ];
  for (let i = 0; columns.length < 100; i++) {
    switch (i % 6) {
      case 0:
        columns.push(text(`label_${i}`, layout, () => `value-${skewed(40)}`));
        break;
      case 1:
        columns.push(int32(`count_${i}`, () => skewed(1000)));
        break;
      case 2:
        columns.push(bool(`flag_${i}`, () => random() < 0.05));
        break;
      case 3:
        columns.push(int64(`id_${i}`, () => random() < 0.5 ? null : skewed(100_000)));
        break;
      case 4:
        columns.push(text(`unused_${i}`, layout, () => null));
        break;
      default:
        columns.push(float64(`measure_${i}`, () => random() < 0.2 ? null : skewed(10_000) / 100));
    }
  }
  return columns;
}
