/** Files with one thing wrong in their frame, and what the verifier says of them. */

import assert from "node:assert/strict";
import { type Fault, type VerifyOptions, verifyParquet } from "../../mod.ts";
import type { ParquetMetaData, SchemaElement } from "../../src/format/metadata.ts";
import { encodeFileMetaData } from "../../src/format/structures.ts";
import type { RuleName } from "../../src/verify/rules.ts";
import type { Mutable } from "../mutation/file_model.ts";

/** `PAR1` */
export const MAGIC: Uint8Array = new TextEncoder().encode("PAR1");

/** Bytes one after the other. */
export function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let to = 0;
  for (const part of parts) {
    bytes.set(part, to);
    to += part.length;
  }
  return bytes;
}

/** A file of a footer, whatever that is, after `data`. */
export function withFooter(footer: Uint8Array, data: Uint8Array = new Uint8Array()): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, footer.length, true);
  return joined(MAGIC, data, footer, length, MAGIC);
}

/** The footer's bytes, and all that is before them without the magic. */
export function footerOf(bytes: Uint8Array): { footer: Uint8Array; data: Uint8Array } {
  const end = bytes.length - 8;
  const start = end - new DataView(bytes.buffer, bytes.byteOffset).getUint32(end, true);
  return { footer: bytes.slice(start, end), data: bytes.slice(4, start) };
}

/** The footer of a file with this schema and no rows. */
export function emptyMetaData(schema: readonly SchemaElement[]): Mutable<ParquetMetaData> {
  const leaves = schema.filter(({ type }) => type !== undefined);
  return {
    version: 1,
    schema: structuredClone(schema) as Mutable<SchemaElement>[],
    numRows: 0,
    rowGroups: [],
    createdBy: "test version 1",
    columnOrders: leaves.map(() => ({ type: "TYPE_ORDER" })),
  };
}

/** A file with this footer and no data. */
export function fileOf(metadata: ParquetMetaData): Uint8Array {
  return withFooter(encodeFileMetaData(metadata));
}

/** Everything that is found, remarks included. */
export function findingsOf(bytes: Uint8Array, options: VerifyOptions = {}): Promise<Fault[]> {
  return verifyParquet(bytes, { remarks: true, ...options });
}

/** Fails unless `rule` is among what is found, with a message that matches. */
export async function expectFinding(
  bytes: Uint8Array,
  rule: RuleName,
  message: RegExp = /./,
  options: VerifyOptions = {},
): Promise<Fault> {
  const findings = await findingsOf(bytes, options);
  const shown = findings.map((finding) => `${finding.rule}: ${finding.message}`).join("\n");
  const found = findings.find((finding) => finding.rule === rule && message.test(finding.message));
  assert.ok(found !== undefined, `${rule} ${message} is not among\n${shown}`);
  return found;
}
