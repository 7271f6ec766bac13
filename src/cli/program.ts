/**
 * The command line: commands, arguments, flags, help.
 *
 * @module
 */

import { Command, CommanderError } from "commander";
import type { WriterOptions } from "../schema/writer_options.ts";
import { nearestNames } from "../util/nearest_names.ts";
import { VERSION } from "../util/version.ts";
import { EXIT_SUCCESS, EXIT_USAGE, UsageError } from "./failure.ts";
import { parseBytes, parseInteger } from "./quantities.ts";
import type { InputReading } from "./text_input.ts";
import type { Terminal } from "./terminal.ts";
import { WRITER_FLAGS, writerOptions } from "./writer_flags.ts";

const COMMANDS = ["convert", "merge", "inspect", "verify", "schema", "rowcount", "head", "cat"];
const HELP_WIDTH = 80;
/** Tables stay readable on wide terminals, and are not crushed on narrow ones. */
const NARROWEST = 80;
const WIDEST = 160;

const EXAMPLES = `
Examples:
  parquet-ext convert trips.csv.gz
  parquet-ext convert trips.arrow
  parquet-ext convert trips.arrow out.parquet --compression zstd \\
      --compression-level 9 --max-row-group-row-count 500000
  parquet-ext convert trips.arrow --options '{"createdBy":"me"}' --force
  arrow-producer | parquet-ext convert - trips.parquet
  parquet-ext merge day1.parquet day2.parquet -o days.parquet
  parquet-ext inspect trips.parquet
  parquet-ext verify 'trips/*.parquet'

Exit codes: 0 done, 1 failed, 2 wrong use or unreadable input, 128 and the
number of the signal that ended it: 130 Ctrl-C, 143 SIGTERM, 141 closed pipe.`;

const CONVERT_NOTES = `
OUTPUT: Parquet file (INPUT.parquet), - for stdout. Sizes may end in KiB, MiB or
GiB. Flags override --options, which takes the options object of the library.`;

const VERIFY_NOTES = `
A fault contradicts the specification or the file itself; a remark is legal, but
known to trip readers. Exit codes: 0 no fault, 1 faults, 2 unreadable.`;

const MERGE_NOTES = `
What an input says wrongly about itself is corrected or left out, and reported.
Files that cannot be corrected, or whose columns differ, are refused.`;

/** What `inspect`, `merge` and `verify` take. */
const FILES = "Parquet files, patterns, - for stdin (at most 1 GiB)";

/** Flags of `verify`. */
interface VerificationFlags {
  readonly quiet?: true;
  readonly json?: true;
  readonly all?: true;
  readonly rules?: true;
  readonly limits?: string;
}

/** Flags of `merge`. */
interface MergingFlags {
  readonly output: string;
  readonly force?: true;
  readonly quiet?: true;
  readonly json?: true;
  readonly verify?: boolean;
  readonly rowGroupRows?: string;
}

/** Flags of `head` and `cat`. */
interface RowFlags {
  readonly rows?: string;
  readonly format?: string;
  readonly columns?: string;
}

/** Flags of `convert` that are not writer options. */
interface ConvertFlags {
  readonly output?: string;
  readonly from?: string;
  readonly schema?: string;
  readonly types?: string[];
  readonly null?: string[];
  readonly delimiter?: string;
  readonly quote?: string;
  readonly header: boolean;
  readonly inferRows?: string;
  readonly textEncoding?: string;
  readonly onError?: string;
  readonly dryRun?: true;
  readonly partitionBy?: string;
  readonly maxFileBytes?: string;
  readonly maxFileRows?: string;
  readonly options?: string;
  readonly force?: true;
  readonly quiet?: true;
  readonly json?: true;
}

/**
 * Runs a command line.
 *
 * @param args Arguments, without runtime and script.
 * @param terminal Where it runs.
 * @returns The exit code.
 * @throws Whatever the command fails with.
 */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = EXIT_SUCCESS;
  let printed = Promise.resolve();
  const print = (text: string) => {
    printed = printed.then(() => terminal.writeOut(text));
    // Reported where it is waited for.
    printed.catch(() => {});
  };
  const program = command("parquet-ext", print)
    .description("Writes Apache Parquet from CSV, JSON and Arrow, and inspects Parquet files.")
    .version(VERSION, "-V, --version", "print the version")
    .addHelpText("after", EXAMPLES);

  const given = new Map<keyof WriterOptions, unknown>();
  const conversion = command("convert", print)
    .summary("convert CSV, NDJSON, JSON, Arrow or Parquet to Parquet")
    .description(
      "Converts CSV, TSV, NDJSON, JSON, Parquet (.gz and .zst too) and Arrow IPC to\nParquet: all inputs to OUTPUT, or each to its own file.",
    )
    .usage("[options] <input...> [output]")
    .argument("<input...>", "files, patterns, URLs, - for stdin")
    .option("-o, --output <file>", "Parquet file, a folder, or - for stdout")
    .option("--from <kind>", "arrow, csv, tsv, ndjson, json or parquet")
    .option("--schema <file|code>", "schema of texts: code, JSON, or a file of it")
    .option("--types <col=type...>", "types of columns: price='decimal(18, 2)'")
    .option("--null <text...>", "text that means null in CSV, as an empty cell does")
    .option("--delimiter <char>", "delimiter of CSV (default: detected)")
    .option("--quote <char>", 'quote of CSV (default: "), or none')
    .option("--no-header", "the first line of CSV is data, not names")
    .option("--infer-rows <n>", "records to infer types from (20480)")
    .option("--text-encoding <name>", "encoding of texts (UTF-8, or UTF-16 with its mark)")
    .option("--on-error <what>", "error (default), or skip: leave bad records out")
    .option("--dry-run", "print the schema, write nothing")
    .option("--partition-by <names>", "write folders by these columns: day,country")
    .option("--max-file-bytes <size>", "write files of about this size")
    .option("--max-file-rows <n>", "write files of at most this many rows")
    .option("--options <json>", "writer options as a JSON object")
    .option("-f, --force", "replace an existing OUTPUT")
    .option("-q, --quiet", "no progress bar, no summary")
    .option("--json", "print the summary as JSON")
    .addHelpText("after", CONVERT_NOTES)
    .action(async (args: string[], flags: ConvertFlags) => {
      const options = writerOptions(flags.options, given);
      // Loaded when needed: help and messages about wrong use come at once.
      const { convert } = await import("./convert.ts");
      exitCode = await convert(
        args,
        options,
        {
          force: flags.force ?? false,
          quiet: flags.quiet ?? false,
          json: flags.json ?? false,
          output: flags.output,
          dryRun: flags.dryRun ?? false,
          reading: await readingOf(flags),
          dataset: datasetOf(flags),
        },
        terminal,
      );
    });
  for (const { flags, help, option, parse } of WRITER_FLAGS) {
    conversion.option(flags, help);
    // Read in the order of the command line, so that of two flags for one option the last one holds.
    conversion.on(`option:${flagName(flags)}`, (text: string | null | undefined) => {
      given.set(option, parse(text ?? true));
    });
  }

  const inspection = command("inspect", print)
    .alias("meta")
    .summary("show what Parquet files hold")
    .description(`Shows what Parquet files hold; only their footers are read.`)
    .argument("<file...>", FILES)
    .option("--json", "as JSON; several files: one object per line")
    .option("--all", "all row groups, not only the first ones")
    .action(async (files: string[], flags: { readonly json?: true; readonly all?: true }) => {
      const { inspect } = await import("./inspect.ts");
      const options = {
        json: flags.json ?? false,
        all: flags.all ?? false,
        width: Math.min(Math.max(terminal.columns ?? 100, NARROWEST), WIDEST),
      };
      exitCode = await inspect(files, options, terminal);
    });

  const verification = command("verify", print)
    .summary("check Parquet files byte by byte")
    .description(
      "Checks every byte of Parquet files, and everything that they claim.",
    )
    .argument("[files...]", FILES)
    .option("-q, --quiet", "no progress bar; print only files with findings")
    .option("--json", "one JSON object per file")
    .option("--all", "list every remark, not one line per rule")
    .option("--limits <json>", 'limits of a file, such as {"maxPageBytes":1073741824}')
    .option("--rules", "print all rules, with their clauses")
    .addHelpText("after", VERIFY_NOTES)
    .action(async (files: string[], flags: VerificationFlags) => {
      const { parseLimits, verify, rulesText } = await import("./verify.ts");
      const { json = false, quiet = false, all = false, rules = false } = flags;
      if (rules) return await terminal.writeOut(`${rulesText(json)}\n`);
      if (files.length === 0) {
        throw new UsageError("missing required argument 'files' (see parquet-ext help verify)");
      }
      const limits = parseLimits(flags.limits);
      exitCode = await verify(files, { json, quiet, all, limits }, terminal);
    });

  const merging = command("merge", print)
    .summary("join Parquet files without decoding them")
    .description("Joins Parquet files with the same columns: row groups are copied as they are.")
    .argument("<file...>", FILES)
    .requiredOption("-o, --output <file>", "Parquet file, - for stdout; may be an input")
    .option("-f, --force", "replace an existing OUTPUT")
    .option("-q, --quiet", "no progress bar, no summary")
    .option("--json", "print the summary as JSON")
    .option("--verify", "decode and check all inputs")
    .option("--no-verify", "do not check values (default: files of other writers)")
    .option("--row-group-rows <n>", "join small row groups up to n rows, by re-encoding")
    .addHelpText("after", MERGE_NOTES)
    .action(async (files: string[], flags: MergingFlags) => {
      const { merge } = await import("./merge.ts");
      const { output, force = false, quiet = false, json = false, verify } = flags;
      const rowGroupRows = flags.rowGroupRows === undefined
        ? null
        : parseInteger("--row-group-rows", flags.rowGroupRows);
      const asked = { output, force, quiet, json, verify, rowGroupRows };
      exitCode = await merge(files, asked, terminal);
    });

  const schemaShow = command("schema", print)
    .summary("show the schema of Parquet files or of texts")
    .description("Shows the schema of Parquet files, or with --infer that of texts and Arrow.")
    .argument("<file...>", FILES)
    .option("--infer", "for CSV, NDJSON, JSON or Arrow: print code for --schema")
    .action(async (files: string[], flags: { readonly infer?: true }) => {
      if (flags.infer) {
        const { convert } = await import("./convert.ts");
        const behaviour = { force: false, quiet: true, json: false, output: "-", dryRun: true };
        exitCode = await convert(files, {}, behaviour, terminal);
      } else {
        const { showSchemas } = await import("./show.ts");
        exitCode = await showSchemas(files, terminal);
      }
    });
  const rowCount = command("rowcount", print)
    .summary("count the rows of Parquet files")
    .description("Counts the rows of Parquet files; only their footers are read.")
    .argument("<file...>", FILES)
    .action(async (files: string[]) => {
      const { countRows } = await import("./show.ts");
      exitCode = await countRows(files, terminal);
    });

  const looking = (name: string, summary: string, rows: number | null) => {
    const shown = command(name, print)
      .summary(summary)
      .description(`Prints rows: a table on a terminal, otherwise one JSON object per line.`)
      .argument("<file...>", FILES);
    if (rows !== null) shown.option("-n, --rows <n>", "rows to print", String(rows));
    return shown
      .option("--format <name>", "table, json, ndjson or csv")
      .option("--columns <names>", "columns to print, separated by commas")
      .action(async (files: string[], flags: RowFlags) => {
        const { showRows } = await import("./show.ts");
        const limit = flags.rows === undefined ? null : parseInteger("--rows", flags.rows);
        const columns = flags.columns?.split(",").map((column) => column.trim());
        exitCode = await showRows(files, { limit, format: flags.format, columns }, terminal);
      });
  };

  program.addCommand(looking("head", "print the first rows of Parquet files", 10))
    .addCommand(looking("cat", "print all rows of Parquet files", null));
  program.addCommand(schemaShow).addCommand(rowCount);
  program.addCommand(conversion).addCommand(merging).addCommand(inspection)
    .addCommand(verification);
  try {
    if (args.length === 0) {
      await terminal.writeErr(program.helpInformation());
      exitCode = EXIT_USAGE;
    } else {
      await program.parseAsync(args, { from: "user" });
    }
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new UsageError(usageMessage(error, args), { cause: error });
  }
  await printed;
  return exitCode;
}

/** How inputs are to be read. */
async function readingOf(flags: ConvertFlags): Promise<InputReading> {
  const { parseReading } = await import("./reading_flags.ts");
  return await parseReading(flags);
}

/** How a folder of files is to be written; `undefined`: no flag says that there should be one. */
function datasetOf({ partitionBy, maxFileBytes, maxFileRows }: ConvertFlags) {
  if ((partitionBy ?? maxFileBytes ?? maxFileRows) === undefined) return undefined;
  return {
    ...(partitionBy === undefined
      ? {}
      : { partitionBy: partitionBy.split(",").map((name) => name.trim()) }),
    ...(maxFileBytes === undefined
      ? {}
      : { maxFileBytes: parseBytes("--max-file-bytes", maxFileBytes) }),
    ...(maxFileRows === undefined
      ? {}
      : { maxFileRows: parseInteger("--max-file-rows", maxFileRows) }),
  };
}

/** A command that neither exits nor prints on its own. */
function command(name: string, print: (text: string) => void): Command {
  return new Command(name)
    .exitOverride()
    .helpOption("-h, --help", "print this help")
    .helpCommand(name === "parquet-ext")
    .configureHelp({ helpWidth: HELP_WIDTH, showGlobalOptions: false })
    .configureOutput({
      writeOut: print,
      // Errors are thrown, and printed in one place.
      writeErr: () => {},
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    });
}

/** Name of a flag as commander's events have it. */
function flagName(flags: string): string {
  return /--([\w-]+)/.exec(flags)![1]!;
}

/** "error: unknown option '--forse'\n(Did you mean --force?)" in the words of this program. */
function usageMessage(error: CommanderError, args: readonly string[]): string {
  if (error.code === "commander.help") return unknownCommand(args[1] ?? "");
  const message = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ").trim();
  const name = args[0] ?? "";
  const command = COMMANDS.includes(name) || name === "meta" ? `help ${name}` : "--help";
  return `${message.replace(/\.$/, "")} (see parquet-ext ${command})`;
}

/** What is said where help is asked for about a command that there is not. */
function unknownCommand(name: string): string {
  const near = nearestNames(name, COMMANDS, 1)[0];
  const hint = near === undefined ? "" : ` (Did you mean ${near}?)`;
  return `unknown command '${name}'${hint} (see parquet-ext --help)`;
}
