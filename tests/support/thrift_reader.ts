/**
 * A naive reader of Thrift's compact protocol: structs become objects keyed by field id.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

/** A value of Thrift. 64-bit integers are bigints, all smaller ones numbers. */
export type ThriftValue = boolean | number | bigint | Uint8Array | ThriftValue[] | ThriftStruct;

/** Fields by id. */
export interface ThriftStruct {
  readonly [id: number]: ThriftValue;
}

/** Reads one struct from `bytes` at `at`; `end` is where it ends. */
export function readThrift(bytes: Uint8Array, at: number): { value: ThriftStruct; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

  const varint = (): bigint => {
    for (let value = 0n, shift = 0n;; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
      if (shift > 70n) throw new Error("A varint that does not end");
    }
  };
  const zigzag = (): bigint => {
    const value = varint();
    return (value >> 1n) ^ -(value & 1n);
  };

  const valueOf = (type: number): ThriftValue => {
    switch (type) {
      case 3:
        return view.getInt8(at++);
      case 4:
      case 5:
        return Number(zigzag());
      case 6:
        return zigzag();
      case 7:
        at += 8;
        return view.getFloat64(at - 8, true);
      case 8: {
        const length = Number(varint());
        at += length;
        if (at > bytes.length) throw new Error("Bytes that are cut off");
        return bytes.subarray(at - length, at);
      }
      case 9:
      case 10: {
        const head = view.getUint8(at++);
        const length = head >> 4 === 15 ? Number(varint()) : head >> 4;
        const item = head & 15;
        // A boolean in a list is a byte of its own: 1 is true.
        return Array.from(
          { length },
          () => item === 1 || item === 2 ? view.getUint8(at++) === 1 : valueOf(item),
        );
      }
      case 12:
        return struct();
      default:
        throw new Error(`No type ${type} is used by Parquet`);
    }
  };

  const struct = (): ThriftStruct => {
    const fields: Record<number, ThriftValue> = {};
    for (let id = 0;;) {
      const head = view.getUint8(at++);
      if (head === 0) return fields;
      id = head >> 4 === 0 ? Number(zigzag()) : id + (head >> 4);
      if (id in fields) throw new Error(`Field ${id} comes twice`);
      const type = head & 15;
      fields[id] = type === 1 || type === 2 ? type === 1 : valueOf(type);
    }
  };

  const value = struct();
  return { value, end: at };
}
