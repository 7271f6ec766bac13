/**
 * From the last bytes of a file to its footer.
 *
 * @see https://github.com/apache/parquet-format#file-format
 *
 * @module
 */

import type { ParquetMetaData } from "../../format/metadata.ts";
import { MAGIC, type RandomAccess } from "../../format/read_metadata.ts";
import { decodeFileMetaDataInSteps } from "../../format/structures.ts";
import type { Steps } from "../../util/steps.ts";
import { readExactly } from "./byte_window.ts";
import type { Findings } from "../findings.ts";
import { quoted } from "../shown.ts";
import { attemptInSteps, reportAttempt } from "./thrift_structure.ts";

/** `PARE`, of a file whose footer is encrypted. */
const ENCRYPTED_MAGIC: readonly number[] = [0x50, 0x41, 0x52, 0x45];
/** Nonce and tag, by which a footer that is not encrypted is signed. */
const SIGNATURE_BYTES = 28;
/** Length of the footer and magic. */
const TRAILER_BYTES = 8;
/** What parquet-java's parser of versions takes. */
const CREATED_BY = /^.+?\s+version\s*\S/s;

/** A footer, and where it begins. */
export interface Footer {
  readonly metadata: ParquetMetaData;
  readonly offset: number;
}

/**
 * Reads the footer, and checks what the file as a whole has to be like.
 *
 * @param run Does steps, with turns for others between them.
 * @returns `null` where there is no footer to go on from, which is reported.
 */
export async function readFooter(
  findings: Findings,
  file: RandomAccess,
  maxFooterBytes: number,
  run: <T>(steps: Steps<T>) => Promise<T>,
): Promise<Footer | null> {
  const { byteLength } = file;
  if (byteLength < MAGIC.length + TRAILER_BYTES) {
    findings.add("magic", `${byteLength} bytes are too few for a Parquet file`, { offset: 0 });
    return null;
  }
  const trailerOffset = byteLength - TRAILER_BYTES;
  const start = await readExactly(file, 0, MAGIC.length);
  const trailer = await readExactly(file, trailerOffset, TRAILER_BYTES);
  const end = trailer.subarray(4);
  if (isMagic(end, ENCRYPTED_MAGIC)) {
    const message = "the footer is encrypted: nothing of the file can be verified without its key";
    findings.add("encrypted", message, { offset: trailerOffset + 4 }, "fault");
    return null;
  }
  for (
    const [bytes, place, offset] of [[start, "begins", 0], [
      end,
      "ends",
      trailerOffset + 4,
    ]] as const
  ) {
    if (isMagic(bytes, MAGIC)) continue;
    findings.add("magic", `the file ${place} with ${hex(bytes)} instead of PAR1`, { offset });
  }
  const length = new DataView(trailer.buffer, trailer.byteOffset, 4).getUint32(0, true);
  if (length > trailerOffset - MAGIC.length) {
    findings.add(
      "footer-length",
      `the footer length says ${length} bytes, and only ${
        trailerOffset - MAGIC.length
      } are before its length`,
      { offset: trailerOffset },
    );
    return null;
  }
  const offset = trailerOffset - length;
  if (length > maxFooterBytes) {
    findings.add(
      "limit",
      `the footer has ${length} bytes, of ${maxFooterBytes} at most, to be allowed by limits.maxFooterBytes`,
      {
        offset,
      },
    );
    return null;
  }
  const bytes = await readExactly(file, offset, length);
  const attempted = await run(
    attemptInSteps((options) => decodeFileMetaDataInSteps(bytes, options)),
  );
  const metadata = attempted.value;
  reportAttempt(findings, "footer", { offset }, {
    ...attempted,
    anomalies: attempted.anomalies.filter(({ kind, offset }) =>
      kind !== "trailingBytes" || metadata?.encryptionAlgorithm === undefined ||
      bytes.length - offset !== SIGNATURE_BYTES
    ),
  });
  if (metadata === null) return null;
  checkFileMetaData(findings, metadata);
  return { metadata, offset };
}

function checkFileMetaData(findings: Findings, metadata: ParquetMetaData): void {
  const { version, createdBy, encryptionAlgorithm, keyValueMetadata = [] } = metadata;
  if (version !== 1 && version !== 2) {
    findings.add("version", `version is ${version}, which is reserved`);
  }
  if (createdBy === undefined) findings.add("created-by", "created_by is absent");
  else if (!CREATED_BY.test(createdBy.slice(0, 1000))) {
    findings.add("created-by", `created_by is ${quoted(createdBy)}`);
  }
  if (encryptionAlgorithm !== undefined) {
    findings.add(
      "encrypted",
      `the footer is signed, and columns may be encrypted by ${encryptionAlgorithm.type}`,
    );
  }
  const keys = new Set<string>();
  for (const { key } of keyValueMetadata) {
    if (keys.has(key)) findings.add("key-value-duplicate", `the key ${quoted(key)} is there twice`);
    keys.add(key);
  }
}

function isMagic(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
