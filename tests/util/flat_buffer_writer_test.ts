/** What readers in other languages take for granted of FlatBuffers, beyond what the format says. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { FlatBufferWriter, type Referent } from "../../src/util/flat_buffer_writer.ts";

/** Follows references from a table: members are references, or vectors of them where `vectors` says so. */
class Walk {
  readonly #view: DataView;
  tables = 0;
  readonly vtables: Set<number> = new Set();

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  root(): void {
    this.#table(0, this.#view.getUint32(0, true));
  }

  #table(referrer: number, at: number): void {
    const view = this.#view;
    const vtable = at - view.getInt32(at, true);
    assert.ok(at > referrer, "a reference goes forward");
    // Polars refuses a file whose Arrow schema has it otherwise.
    assert.ok(vtable >= referrer, "a vtable is not before what refers to its table");
    this.tables++;
    this.vtables.add(vtable);
    const slots = (view.getUint16(vtable, true) - 4) / 2;
    for (let slot = 0; slot < slots; slot++) {
      const place = view.getUint16(vtable + 4 + 2 * slot, true);
      if (place === 0) continue;
      const member = at + place;
      const target = member + view.getUint32(member, true);
      if (slot === 0) this.#table(at, target);
      else this.#vector(target);
    }
  }

  #vector(at: number): void {
    const count = this.#view.getUint32(at, true);
    for (let i = 0; i < count; i++) {
      const member = at + 4 + 4 * i;
      this.#table(at, member + this.#view.getUint32(member, true));
    }
  }
}

test("FlatBufferWriter puts vtables behind what refers to their tables, and shares them among siblings", () => {
  const writer = new FlatBufferWriter();
  const leaf: Referent = () => writer.table([]);
  const node = (depth: number): Referent => () =>
    writer.table(
      depth === 0 ? [[0, "offset", leaf]] : [
        [0, "offset", leaf],
        [1, "offset", () => writer.references([1, 2, 3].map(() => node(depth - 1)))],
      ],
    );
  const walk = new Walk(writer.finish(node(3)));
  walk.root();
  assert.equal(walk.tables, 2 * (1 + 3 + 9 + 27));
  assert.ok(walk.vtables.size < walk.tables * 0.8, `${walk.vtables.size} vtables`);
});
