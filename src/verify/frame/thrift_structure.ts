/**
 * Structures in Thrift's compact protocol, with everything about their form reported.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 *
 * @module
 */

import type { DecodeOptions, ThriftAnomaly } from "../../format/structures.ts";
import { FormatError } from "../../util/errors.ts";
import { finished, type Steps } from "../../util/steps.ts";
import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";
import type { RuleName } from "../rules.ts";

/** Field id that every structure keeps free for extensions. */
const EXTENSION_ID = 32767;
/** Of one structure, no more anomalies than this are reported one by one. */
const MAX_ANOMALIES = 200;

const RULE_OF: Readonly<Record<ThriftAnomaly["kind"], RuleName>> = {
  unknownField: "thrift-unknown-field",
  integerWidth: "thrift-type",
  emptyListType: "thrift-form",
  longFieldHeader: "thrift-form",
  paddedInteger: "thrift-form",
  trailingBytes: "thrift-length",
};

const TEXT_OF: Readonly<Record<ThriftAnomaly["kind"], string>> = {
  unknownField: "is unknown to the specification",
  integerWidth: "is written as an integer of another width",
  emptyListType: "is an empty list that says it would hold something else",
  longFieldHeader: "has its id in the long form where the short one would do",
  paddedInteger: "has an integer with bytes that add nothing",
  trailingBytes: "is followed by bytes where it should have ended",
};

/** The name of a member's structure and its id, for people. */
function whereIs({ struct, id }: ThriftAnomaly): string {
  return id === 0 ? struct : `${struct}, field ${id}`;
}

/**
 * Reads a structure.
 *
 * @param decode Reads it, with the options that it is given.
 * @param what Name of the structure.
 * @param place Where it is; `offset` is that of the bytes' first one.
 * @returns What `decode` returns, or `null` where there is no such structure, which is reported.
 */
export function readStructure<T>(
  findings: Findings,
  what: string,
  place: Place & { readonly offset: number },
  decode: (options: DecodeOptions) => T,
): T | null {
  const result = attempt(decode);
  reportAttempt(findings, what, place, result);
  return result.value;
}

/** What came of an attempt to read a structure. */
export interface Attempt<T> {
  /** `null` where there is none. */
  readonly value: T | null;
  readonly error: FormatError | null;
  readonly anomalies: readonly ThriftAnomaly[];
}

/** Reads a structure, and reports nothing yet. */
export function attempt<T>(decode: (options: DecodeOptions) => T): Attempt<T> {
  // deno-lint-ignore require-yield
  return finished(attemptInSteps(function* (options) {
    return decode(options);
  }));
}

/** {@linkcode attempt} in steps. */
export function* attemptInSteps<T>(
  decode: (options: DecodeOptions) => Steps<T>,
): Steps<Attempt<T>> {
  const anomalies: ThriftAnomaly[] = [];
  const onAnomaly = (anomaly: ThriftAnomaly) => {
    if (anomalies.length < MAX_ANOMALIES) anomalies.push(anomaly);
  };
  try {
    return { value: yield* decode({ onAnomaly }), error: null, anomalies };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { value: null, error, anomalies };
  }
}

/** Reports what is wrong with the form of a structure. */
export function reportAttempt(
  findings: Findings,
  what: string,
  place: Place & { readonly offset: number },
  { error, anomalies }: Attempt<unknown>,
): void {
  for (const anomaly of anomalies) {
    const extension = anomaly.kind === "unknownField" && anomaly.id === EXTENSION_ID;
    findings.add(
      RULE_OF[anomaly.kind],
      `${what}: ${whereIs(anomaly)} ${extension ? "is an extension" : TEXT_OF[anomaly.kind]}`,
      { ...place, offset: place.offset + anomaly.offset },
    );
  }
  if (error !== null) findings.add("thrift", `${what}: ${error.message}`, place);
}
