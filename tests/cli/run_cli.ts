/** Runs the command line as a child process, under the runtime that runs the tests. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describeFailure } from "../../src/cli/failure.ts";
import { runProgram } from "../../src/cli/program.ts";
import type { StandardOutput, Terminal } from "../../src/cli/terminal.ts";
import { printableLines } from "../../src/file/printable_text.ts";
import { MemorySink } from "../../src/sink/memory_sink.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const RUN = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];

/** What came of a run. */
export interface Run {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: Uint8Array;
  readonly out: string;
  readonly err: string;
}

/** A run that has begun. */
export interface RunningCli {
  readonly process: ChildProcess;
  readonly done: Promise<Run>;
}

/** The command line as a command of the system. */
export function cliCommand(args: readonly string[]): string[] {
  return [process.execPath, ...RUN, MAIN, ...args];
}

/** Starts the command line; its standard input stays open until the caller ends it. */
export function startCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningCli {
  const [command, ...rest] = cliCommand(args);
  const child = spawn(command!, rest, {
    env: { ...process.env, NO_COLOR: "1", ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const done = new Promise<Run>((resolve, reject) => {
    const out: Uint8Array[] = [], err: Uint8Array[] = [];
    child.stdout.on("data", (chunk: Uint8Array) => out.push(chunk));
    child.stderr.on("data", (chunk: Uint8Array) => err.push(chunk));
    // A child that ends before it has read everything is not what is tested here.
    child.stdin.on("error", () => {});
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const stdout = Buffer.concat(out);
      resolve({ code, signal, stdout, out: stdout.toString(), err: Buffer.concat(err).toString() });
    });
  });
  return { process: child, done };
}

/** SIGHUP, SIGINT and SIGTERM, as bits of what a process catches; Node catches the last two by itself. */
const CAUGHT = 0x4003n;

/** Resolves when a run takes signals, and does nothing any more but wait: after a time, where a system does not say so. */
export async function untilWaiting(running: RunningCli): Promise<void> {
  const { pid } = running.process;
  if (process.platform !== "linux") return await sleep(1500);
  let before = "";
  for (;;) {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const caught = BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(status)![1]}`);
    // State, and time that it has had, whatever its name is.
    const stat = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /s, "").split(" ");
    const now = `${stat[0]} ${stat[11]} ${stat[12]}`;
    if ((caught & CAUGHT) === CAUGHT && now === before && stat[0] === "S") return;
    before = now;
    await sleep(200);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Runs the command line to its end. */
export function runCli(
  args: readonly string[],
  input: Uint8Array = new Uint8Array(0),
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const running = startCli(args, environment);
  running.process.stdin!.end(input);
  return running.done;
}

/**
 * Runs a command in this process, as the command line does in one of its own, only sooner: for what no process has a part in.
 *
 * @param input What standard input holds.
 */
export async function runCommand(
  args: readonly string[],
  input: Uint8Array = new Uint8Array(0),
): Promise<Omit<Run, "signal">> {
  const memory = new MemorySink();
  let out = "", err = "";
  const terminal: Terminal = {
    columns: undefined,
    inputIsTerminal: false,
    outputIsTerminal: false,
    errorIsTerminal: false,
    writeOut: (text) => Promise.resolve(void (out += printableLines(text))),
    writeErr: (text) => Promise.resolve(void (err += printableLines(text))),
    async *input() {
      yield await Promise.resolve(input);
    },
    output: () => memory as unknown as StandardOutput,
    onInterrupt: () => () => {},
  };
  let code: number;
  try {
    code = await runProgram(args, terminal);
  } catch (error) {
    const { message, exitCode } = describeFailure(error);
    code = exitCode;
    if (message !== null) await terminal.writeErr(`parquet-ext: ${message}\n`);
  }
  const stdout = memory.byteLength > 0 ? memory.bytes() : new TextEncoder().encode(out);
  return { code, stdout, out, err };
}

/** Calls with a folder of its own, which is gone afterwards. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "parquet-ext-cli-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
