/**
 * Columns of text from cells: bytes to bytes.
 *
 * @module
 */

import { VariableBuilder } from "../rows/bytes_builders.ts";
import { type Cells, DOUBLED, NULL } from "./cells.ts";

/** Bytes from which a call that copies is quicker than a loop. */
const CALL_FROM = 48;

/** Text, which was checked to be UTF-8; or the same bytes as binary values. */
export class CellTextBuilder extends VariableBuilder<Cells> {
  protected override put(cells: Cells, from: number, to: number, slot: number): void {
    const { bytes, starts, ends, kinds, stride, column } = cells;
    const first = from * stride + column;
    let room = 0;
    for (let row = from, k = first; row < to; row++, k += stride) room += ends[k]! - starts[k]!;
    let out = this.offsets[slot]!;
    this.reserveBytes(out, room);
    const { offsets, data } = this;
    for (let row = from, k = first; row < to; row++, k += stride) {
      const kind = kinds[k]!;
      const start = starts[k]!, end = ends[k]!;
      if (kind === NULL) this.markNull(slot, row, null);
      else if (kind === DOUBLED) out = putUndoubled(data, out, bytes, start, end, cells.quote);
      else if (end - start < CALL_FROM) {
        for (let at = start; at < end; at++) data[out++] = bytes[at]!;
      } else {
        data.set(bytes.subarray(start, end), out);
        out += end - start;
      }
      offsets[++slot] = out;
    }
  }
}

/** Copies with one quote for each two. */
function putUndoubled(
  data: Uint8Array,
  out: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  quote: number,
): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    data[out++] = byte;
    if (byte === quote) at++;
  }
  return out;
}
