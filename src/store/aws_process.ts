/**
 * Credentials that a program of the user's prints: `credential_process` of a profile.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 *
 * @module
 */

import { isWindows, outputOf } from "../runtime/command.ts";
import { credentialsOf } from "./aws_endpoints.ts";
import type { AwsCredentials } from "./sigv4.ts";

/** A program may wait for its user. */
const TIMEOUT_MS = 5 * 60_000;
const MAX_BYTES = 64 * 1024;

/**
 * Runs the program.
 *
 * @param line Its path and its arguments, quoted as for a shell; no shell sees it.
 * @param profile For messages.
 * @throws {TypeError} When it fails, or prints something else.
 */
export async function processCredentials(line: string, profile: string): Promise<AwsCredentials> {
  const feature = `Cannot use credential_process of the AWS profile ${JSON.stringify(profile)}`;
  const [command, ...args] = splitCommand(line, isWindows());
  if (command === undefined) throw new TypeError(`${feature}: it is empty`);
  const text = await outputOf(command, args, {
    feature,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  });
  let answer: Record<string, unknown>;
  try {
    answer = Object(JSON.parse(text));
  } catch {
    // No cause: it would show what was printed.
    throw new TypeError(`${feature}: its output is not JSON`);
  }
  if (answer["Version"] !== 1) {
    throw new TypeError(`${feature}: what it prints is not of version 1`);
  }
  const credentials = credentialsOf(answer, answer["SessionToken"]);
  if (credentials !== null) return credentials;
  throw new TypeError(`${feature}: it prints no AccessKeyId and SecretAccessKey`);
}

/**
 * Splits a command line at its spaces: what is quoted stays together, `\\` keeps the next character as it is.
 *
 * @param windows Quotation marks are double ones only, and `\\` is part of paths.
 * @throws {TypeError} When a quotation mark is missing.
 */
export function splitCommand(line: string, windows: boolean): string[] {
  const words: string[] = [];
  let word: string | null = null, end = 0;
  for (const match of line.matchAll(windows ? WINDOWS_PIECE : PIECE)) {
    const [piece, quoted, escaped, plain] = match;
    end += piece.length;
    const text = quoted?.slice(1, -1) ?? escaped?.slice(1) ?? plain;
    if (text !== undefined) {
      word = (word ?? "") + (quoted?.startsWith('"') && !windows ? unescaped(text) : text);
    } else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  if (end < line.length) throw new TypeError("Cannot read a command: a quotation mark is missing");
  if (word !== null) words.push(word);
  return words;
}

/** White space, what is quoted, what is escaped, and other text. */
const PIECE = /\s+|('[^']*'|"(?:[^"\\]|\\.)*")|(\\.)|([^\s'"\\]+)/gys;
const WINDOWS_PIECE = /\s+|("[^"]*")|(?!)()|([^\s"]+)/gy;

function unescaped(text: string): string {
  return text.replace(/\\(["\\])/g, "$1");
}
