/**
 * `parquet-ext verify`: what is wrong with Parquet files.
 *
 * @module
 */

import { printableJson, printableLine, printableText } from "../file/printable_text.ts";
import type { ParquetSource } from "../format/parquet_source.ts";
import { systemErrorText } from "../runtime/system_error.ts";
import type { Fault } from "../verify/fault.ts";
import type { Rule } from "../verify/rule.ts";
import { type RuleName, RULES } from "../verify/rules.ts";
import { type InputLimits, resolveInputLimits } from "../util/input_limits.ts";
import { verifyParquet } from "../verify/verify_parquet.ts";
import {
  describeFailure,
  EXIT_FAILURE,
  EXIT_INTERRUPTED,
  EXIT_SUCCESS,
  EXIT_USAGE,
  UsageError,
} from "./failure.ts";
import { inputName, openParquetInput } from "./parquet_input.ts";
import { expandPaths } from "./paths.ts";
import { NO_PROGRESS, startProgress } from "./progress.ts";
import { formatBytes, formatCount, formatDuration } from "./quantities.ts";
import type { Terminal } from "./terminal.ts";

/** What `verify` was asked for. */
export interface VerifyFlags {
  /** One JSON object a file, on a line of its own. */
  readonly json: boolean;
  /** No progress bar, and no line for a file without findings. */
  readonly quiet: boolean;
  /** Each remark on a line of its own, not those of one rule together. */
  readonly all: boolean;
  /** What a file may cost. */
  readonly limits?: InputLimits | undefined;
}

/**
 * Reads the limits that a flag gives.
 *
 * @param json Text of `--limits`; `undefined`: without it.
 * @throws {UsageError} When it is no JSON object of limits.
 */
export function parseLimits(json: string | undefined): InputLimits | undefined {
  if (json === undefined) return undefined;
  try {
    return resolveInputLimits(JSON.parse(json) as InputLimits, "--limits");
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(
      error instanceof SyntaxError ? `Cannot read --limits: ${message}` : message,
      { cause: error },
    );
  }
}

/** Smaller files are done before a bar is seen. */
const PROGRESS_BYTES = 16 * 1024 * 1024;

/**
 * Verifies files one after the other, and prints what is found.
 *
 * @param args Paths, patterns, or `-` for standard input.
 * @returns The exit code: 0 where there is no fault, 1 where there is one, 2 where a file cannot be read.
 */
export async function verify(
  args: readonly string[],
  flags: VerifyFlags,
  terminal: Terminal,
): Promise<number> {
  let exitCode = EXIT_SUCCESS;
  for (const path of await expandPaths(args)) {
    const code = await verifyFile(path, flags, terminal);
    if (code === EXIT_INTERRUPTED) return code;
    exitCode = Math.max(exitCode, code);
  }
  return exitCode;
}

async function verifyFile(
  path: string,
  { json, quiet, all, limits }: VerifyFlags,
  terminal: Terminal,
): Promise<number> {
  const started = performance.now();
  const file = inputName(path);
  let byteLength: number;
  let findings: Fault[];
  try {
    const input = await openParquetInput(path, terminal);
    byteLength = input.byteLength;
    findings = await withProgress(input.source, byteLength, { quiet, limits }, terminal);
  } catch (error) {
    const { message, exitCode } = describeFailure(error);
    if (exitCode === EXIT_INTERRUPTED) {
      await terminal.writeErr(`parquet-ext: ${message}\n`);
      return exitCode;
    }
    // Only what cannot be read gets here; anything else is a bug, and told as such.
    if (systemErrorText(error) === null && exitCode !== EXIT_USAGE) throw error;
    if (json) await terminal.writeOut(`${printableJson({ file, error: message })}\n`);
    const text = error instanceof UsageError ? message : `Cannot read ${file}: ${message}`;
    await terminal.writeErr(`parquet-ext: ${printableLine(text!)}\n`);
    return EXIT_USAGE;
  }
  const faults = findings.filter(({ severity }) => severity === "fault");
  const remarks = findings.filter(({ severity }) => severity === "remark");
  if (json) {
    await terminal.writeOut(`${printableJson({ file, byteLength, faults, remarks })}\n`);
  } else if (!quiet || findings.length > 0) {
    const milliseconds = performance.now() - started;
    const text = verifyText(file, { byteLength, milliseconds, faults, remarks }, all);
    await terminal.writeOut(`${text}\n`);
  }
  return faults.length > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

async function withProgress(
  source: ParquetSource,
  byteLength: number,
  { quiet, limits }: Pick<VerifyFlags, "quiet" | "limits">,
  terminal: Terminal,
): Promise<Fault[]> {
  const shown = !quiet && terminal.errorIsTerminal && byteLength >= PROGRESS_BYTES;
  const progress = shown ? await startProgress(byteLength) : NO_PROGRESS;
  const controller = new AbortController();
  const stopListening = terminal.onInterrupt(
    () => controller.abort(),
    () => {
      progress.stop();
      return Promise.resolve(true);
    },
  );
  try {
    return await verifyParquet(source, {
      remarks: true,
      ...(limits === undefined ? {} : { limits }),
      signal: controller.signal,
      onProgress: ({ rows, bytes }) => progress.update(rows, bytes),
    });
  } finally {
    stopListening();
    progress.stop();
  }
}

/** What came of one file. */
export interface VerifyResult {
  readonly byteLength: number;
  readonly milliseconds: number;
  readonly faults: readonly Fault[];
  readonly remarks: readonly Fault[];
}

/**
 * The findings as text: one line each, remarks apart.
 *
 * @param all Each remark on a line of its own. Default: those of one rule on one line, with their number.
 */
export function verifyText(
  path: string,
  { byteLength, milliseconds, faults, remarks }: VerifyResult,
  all = false,
): string {
  const found = [amount(countOf(faults), "fault")];
  if (remarks.length > 0) found.push(amount(countOf(remarks), "remark"));
  const lines = [
    `${printableLine(path)}: ${found.join(", ")} ` +
    `(${formatBytes(byteLength)}, ${formatDuration(milliseconds)})`,
    ...faults.map((fault) => `  ${findingText(fault)}`),
  ];
  if (remarks.length > 0) {
    const texts = all
      ? remarks.map((remark) => findingText(remark))
      : rulesOf(remarks).map(ruleText);
    lines.push(
      "  remarks (legal, but known to trip readers):",
      ...texts.map((text) => `    ${text}`),
    );
  }
  return lines.join("\n");
}

/** Findings by their rules. */
function rulesOf(findings: readonly Fault[]): Fault[][] {
  return [...Map.groupBy(findings, ({ rule }) => rule).values()];
}

/** The findings of one rule: how many there are, and the first one. */
function ruleText(findings: readonly Fault[]): string {
  const [first] = findings;
  const count = countOf(findings);
  if (count === 1) return findingText(first!);
  return findingText(first!, `${formatCount(count)} times, first: `);
}

function countOf(findings: readonly Fault[]): number {
  return findings.reduce((sum, { count = 1 }) => sum + count, 0);
}

function findingText(finding: Fault, count = ""): string {
  const { rule, message, rowGroup, column, page, offset } = finding;
  const place: string[] = [];
  if (rowGroup !== undefined) place.push(`row group ${rowGroup}`);
  if (column !== undefined) place.push(`column ${printableText(column)}`);
  if (page !== undefined) place.push(`page ${page}`);
  if (offset !== undefined) place.push(`byte ${offset}`);
  const where = place.length === 0 ? "" : `${place.join(", ")}: `;
  // Messages quote names as JSON does, whose backslashes are meant.
  return `${rule}: ${count}${where}${printableLine(message)} [${RULES[rule as RuleName].source}]`;
}

/** Every rule with its clause, as text or as JSON. */
export function rulesText(json: boolean): string {
  const rules = Object.entries(RULES) as [RuleName, Rule][];
  if (json) return JSON.stringify(Object.fromEntries(rules), null, 2);
  const lines: string[] = [];
  for (const severity of ["fault", "remark"] as const) {
    const own = rules.filter(([, rule]) => rule.severity === severity);
    if (lines.length > 0) lines.push("");
    lines.push(`${amount(own.length, severity)}:`);
    for (const [name, { rule, source }] of own) lines.push(`  ${name}: ${rule} [${source}]`);
  }
  return lines.join("\n");
}

function amount(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? "" : "s"}`;
}
