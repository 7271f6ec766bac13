/**
 * Asks old readers of Parquet how many rows of our files a condition holds for, and compares that with what is so.
 *
 * Usage: node scripts/interop/run.mjs [--profile NAME] [FILTER…]. A filter is a part of a reader's name. Wants Maven and Java 17.
 * With `--profile default` it shows what `profile: "compat"` is for.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { findRuntime, ROOT } from "../runtimes.mjs";

const HERE = join(ROOT, "scripts", "interop");

/** Packages of the JDK that these readers look into, which Java has closed since version 16. */
const OPENED = [
  "java.lang",
  "java.lang.invoke",
  "java.lang.reflect",
  "java.io",
  "java.net",
  "java.nio",
  "java.util",
  "java.util.concurrent",
  "java.util.concurrent.atomic",
  "java.math",
  "java.sql/java.sql",
  "java.text",
  "sun.nio.ch",
  "sun.nio.cs",
  "sun.security.action",
  "sun.util.calendar",
].map((name) => name.includes("/") ? name : `java.base/${name}`)
  .flatMap((name) => ["--add-opens", `${name}=ALL-UNNAMED`]);

const READERS = [
  { pom: "parquet-mr", main: "AskParquetMr", version: "1.8.1" },
  { pom: "parquet-mr", main: "AskParquetMr", version: "1.10.1" },
  { pom: "hive", main: "AskHive", version: "2.3.9" },
  { pom: "hive", main: "AskHive", version: "3.1.3" },
  { pom: "hive", main: "AskHive", version: "4.0.1" },
  { pom: "spark", main: "AskSpark", version: "3.1.3" },
];

/** Runs a command; returns what it printed. Ends everything where it fails. */
function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    ...options,
  });
  if (error !== undefined) throw error;
  if (status !== 0) {
    throw new Error(
      `${command} ended with ${status}:\n${stdout.slice(-4000)}${stderr.slice(-4000)}`,
    );
  }
  return stdout;
}

function classPath({ pom, version }, folder) {
  const output = join(folder, `${pom}-${version}.classpath`);
  run("mvn", [
    "-q",
    "-B",
    "-f",
    join(HERE, "poms", `${pom}.xml`),
    `-Dreader.version=${version}`,
    "dependency:build-classpath",
    `-Dmdep.outputFile=${output}`,
  ]);
  return readFileSync(output, "utf8").trim();
}

/** What a reader got wrong, in lines. */
function ask(reader, folder, files) {
  const path = classPath(reader, folder);
  const classes = join(folder, `${reader.pom}-${reader.version}`);
  mkdirSync(classes);
  const sources = ["Question", reader.main].map((name) => join(HERE, "java", `${name}.java`));
  run("javac", ["-nowarn", "-cp", path, "-d", classes, ...sources]);
  const answers = join(folder, `${reader.pom}-${reader.version}.answers`);
  run("java", [
    "-Xmx2g",
    ...OPENED,
    "-Djava.security.manager=allow",
    "-Duser.timezone=UTC",
    `-Dreader.version=${reader.version}`,
    "-cp",
    [classes, path].join(delimiter),
    reader.main,
    files,
    answers,
  ], { env: { ...process.env, HADOOP_HOME: folder, SPARK_LOCAL_IP: "127.0.0.1" } });
  return readFileSync(answers, "utf8").trim().split("\n");
}

const args = process.argv.slice(2);
const profileAt = args.indexOf("--profile");
const profile = profileAt < 0 ? "compat" : args.splice(profileAt, 2)[1];
const wanted = READERS.filter(({ pom, version }) =>
  args.length === 0 || args.some((filter) => `${pom} ${version}`.includes(filter))
);
const folder = mkdtempSync(join(tmpdir(), "parquet-ext-interop-"));
let failed = 0;
try {
  const files = join(folder, "files");
  mkdirSync(files);
  const node = findRuntime("node");
  const writer = join(HERE, "write_files.ts");
  console.log(run(node.binary, [...node.run, writer, files, profile]).trim());
  for (const reader of wanted) {
    const name = `${reader.pom} ${reader.version}`;
    let lines;
    try {
      lines = ask(reader, folder, files);
    } catch (error) {
      lines = [`WRONG could not be asked: ${error.message}`];
    }
    const wrong = lines.filter((line) => line.startsWith("WRONG "));
    if (wrong.length > 0) failed++;
    console.log(`${name}: ${wrong.length} wrong; ${lines.at(-1)?.toLowerCase() ?? "no answer"}`);
    for (const line of wrong.slice(0, 12)) console.log(`  ${line.slice("WRONG ".length)}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${wanted.length - failed} readers right, ${failed} wrong`);
process.exitCode = failed === 0 ? 0 : 1;
