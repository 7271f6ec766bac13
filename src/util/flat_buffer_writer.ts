/**
 * Writes FlatBuffers front to back: a table first, then what it refers to.
 *
 * @see https://flatbuffers.dev/internals/
 * @module
 */

/** Writes something that a table or a vector refers to, when its turn comes; returns the position of it. */
export type Referent = () => number;

/** A member of a table: its slot, its kind and its value. Members that have their default are left out by the caller. */
export type Member =
  | readonly [slot: number, kind: "int8" | "int16" | "int32", value: number]
  | readonly [slot: number, kind: "int64", value: bigint]
  | readonly [slot: number, kind: "offset", value: Referent];

/** Slots of a table: more than any of Arrow's has. */
const MOST_SLOTS = 16;

const BYTES = { int8: 1, int16: 2, int32: 4, int64: 8, offset: 4 } as const;

const encoder = new TextEncoder();

/** A FlatBuffer that grows. Every position is a byte offset from its start. */
export class FlatBufferWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  #view: DataView = new DataView(this.#bytes.buffer);
  #length = 0;
  /** Positions of the vtables, ascending, by what they say; tables of the same shape may share one. */
  readonly #vtables = new Map<string, number[]>();
  /**
   * Where what refers to the next table begins. Polars (planus) looks for a vtable from there on only, as writers that go back to
   * front have it, and refuses the file where it has to go back further.
   */
  #referrer = 0;
  /** Where each slot's member is in the table being written. */
  readonly #places = new Uint16Array(MOST_SLOTS);

  /** Writes the whole buffer: the position of the root, then the root and what it refers to. */
  finish(root: Referent): Uint8Array<ArrayBuffer> {
    const at = this.#reserve(4, 4);
    this.#refer(at, at, root);
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes a table and then its referents. */
  table(members: readonly Member[]): number {
    const places = this.#places;
    places.fill(0);
    let slots = 0;
    let size = 4;
    // The largest first, so that nothing but the first one needs padding.
    for (let bytes = 8; bytes > 0; bytes >>= 1) {
      for (const [slot, kind] of members) {
        if (BYTES[kind] !== bytes) continue;
        size = (size + bytes - 1) & -bytes;
        places[slot] = size;
        slots = Math.max(slots, slot + 1);
        size += bytes;
      }
    }
    const vtable = this.#vtable(slots, size);
    const at = this.#reserve(size, members.some(([, kind]) => kind === "int64") ? 8 : 4);
    this.#view.setInt32(at, at - vtable, true);
    const references: [at: number, referent: Referent][] = [];
    for (const [slot, kind, value] of members) {
      const member = at + places[slot]!;
      if (kind === "offset") references.push([member, value]);
      else if (kind === "int8") this.#view.setInt8(member, value);
      else if (kind === "int16") this.#view.setInt16(member, value, true);
      else if (kind === "int32") this.#view.setInt32(member, value, true);
      else if (kind === "int64") this.#view.setBigInt64(member, value, true);
    }
    // Last: what they write has tables of its own.
    for (const [member, referent] of references) this.#refer(at, member, referent);
    return at;
  }

  /** Writes a vector of references, then what they refer to. */
  references(referents: readonly Referent[]): number {
    const at = this.#vector(referents.length);
    referents.forEach((referent, i) => this.#refer(at, at + 4 + 4 * i, referent));
    return at;
  }

  /** Writes a vector of 32-bit integers. */
  int32s(values: readonly number[]): number {
    const at = this.#vector(values.length);
    values.forEach((value, i) => this.#view.setInt32(at + 4 + 4 * i, value, true));
    return at;
  }

  /** Writes a text in UTF-8, with the zero behind it that readers in C rely on. */
  text(value: string): number {
    const utf8 = encoder.encode(value);
    const at = this.#reserve(4 + utf8.length + 1, 4);
    this.#view.setUint32(at, utf8.length, true);
    this.#bytes.set(utf8, at + 4);
    return at;
  }

  #vector(count: number): number {
    const at = this.#reserve(4 + 4 * count, 4);
    this.#view.setUint32(at, count, true);
    return at;
  }

  /** Writes what the table or vector at `referrer` refers to, and where that is. */
  #refer(referrer: number, at: number, referent: Referent): void {
    this.#referrer = referrer;
    // Not in one expression: the referent may move the buffer.
    const position = referent();
    this.#view.setUint32(at, position - at, true);
  }

  /** The vtable: its own size, the table's, and where each slot's member is (0: it has its default). */
  #vtable(slots: number, size: number): number {
    let shape = String.fromCharCode(size);
    for (let slot = 0; slot < slots; slot++) shape += String.fromCharCode(this.#places[slot]!);
    let alike = this.#vtables.get(shape);
    if (alike === undefined) this.#vtables.set(shape, alike = []);
    const known = firstFrom(alike, this.#referrer);
    if (known !== undefined) return known;
    const at = this.#reserve(4 + 2 * slots, 2);
    this.#view.setUint16(at, 4 + 2 * slots, true);
    this.#view.setUint16(at + 2, size, true);
    for (let slot = 0; slot < slots; slot++) {
      this.#view.setUint16(at + 4 + 2 * slot, this.#places[slot]!, true);
    }
    alike.push(at);
    return at;
  }

  /** Makes room for `bytes` at the next multiple of `alignment`; the room and the padding before it are zero. */
  #reserve(bytes: number, alignment: number): number {
    const at = Math.ceil(this.#length / alignment) * alignment;
    this.#length = at + bytes;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** The first of ascending numbers that is at least `least`. */
function firstFrom(ascending: readonly number[], least: number): number | undefined {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! >= least) high = middle;
    else low = middle + 1;
  }
  return ascending[low];
}
