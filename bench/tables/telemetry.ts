/** @module Telemetry: sorted timestamps, floats that drift, text of few values. */

import {
  type Column,
  float64,
  int32,
  randomNumbers,
  text,
  type TextLayout,
  timestamp,
} from "./columns.ts";

/** The table. */
export function telemetry(layout: TextLayout): Column[] {
  const random = randomNumbers("telemetry");
  let now = 1_780_000_000_000_000;
  const drifting = (name: string, step: number, digits: number) => {
    let value = 20;
    const unit = 10 ** digits;
    return float64(name, () => {
      value += (random() - 0.5) * step;
      return Math.round(value * unit) / unit;
    });
  };
  return [
    timestamp("time", () => now += 1000 + Math.floor(random() * 50)),
    text("host", layout, (row) => `host-${String(row % 64).padStart(3, "0")}.example.net`),
    text("metric", layout, (row) => ["cpu", "memory", "disk", "network"][row >> 6 & 3]!),
    text("unit", layout, (row) => ["%", "MiB", "MiB/s", "packets"][row >> 6 & 3]!),
    drifting("value", 0.4, 3),
    drifting("mean", 0.01, 6),
    drifting("raw", 1, 12),
    float64("voltage", () => random() < 0.01 ? null : Math.round((230 + random()) * 10) / 10),
    int32("sequence", (row) => row),
    int32("retries", () => Math.floor(4 * random() ** 8)),
  ];
}
