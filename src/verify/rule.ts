/** @module What a rule is. */

/** One rule. */
export interface Rule {
  readonly severity: "fault" | "remark";
  /** What has to hold, in one line. */
  readonly rule: string;
  /** Document and section of the specification, or who trips over it. */
  readonly source: string;
}

/** A rule whose breach contradicts the specification, or the file itself. */
export function fault(rule: string, source: string): Rule {
  return { severity: "fault", rule, source };
}

/** A rule whose breach is legal, and known to trip readers. */
export function remark(rule: string, source: string): Rule {
  return { severity: "remark", rule, source };
}
