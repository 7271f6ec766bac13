import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import { toParquet } from "../../mod.ts";
import { rulesText, verifyText } from "../../src/cli/verify.ts";
import { RULES } from "../../src/verify/rules.ts";
import { inFolder, runCli } from "./run_cli.ts";

const TABLE = tableFromArrays({ id: Int32Array.from({ length: 100 }, (_, i) => i) });

/** A file that is right, one with a changed byte in its first page, and one by nobody. */
async function threeFiles(
  folder: string,
): Promise<[right: string, wrong: string, remarked: string]> {
  const options = { parallelism: 0, compression: "uncompressed" } as const;
  const bytes = await toParquet(TABLE, options);
  const paths = ["right", "wrong", "remarked"].map((name) => join(folder, `${name}.parquet`));
  await writeFile(paths[0]!, bytes);
  bytes[200]! ^= 1;
  await writeFile(paths[1]!, bytes);
  await writeFile(paths[2]!, await toParquet(TABLE, { ...options, createdBy: "somebody" }));
  return paths as [string, string, string];
}

test("verify says nothing against a file that is right", async () => {
  await inFolder(async (folder) => {
    const [right] = await threeFiles(folder);
    const { code, out, err } = await runCli(["verify", right]);
    assert.equal(code, 0, err);
    assert.equal(err, "");
    assert.match(out, /right\.parquet: 0 faults \([\d.]+ \w+, .+\)\n$/);
    const quiet = await runCli(["verify", "--quiet", right]);
    assert.deepEqual([quiet.code, quiet.out, quiet.err], [0, "", ""]);
  });
});

test("verify prints a line for each finding, with place and clause", async () => {
  await inFolder(async (folder) => {
    const [right, wrong, remarked] = await threeFiles(folder);
    const { code, out, err } = await runCli(["verify", right, wrong, remarked]);
    assert.equal(code, 1);
    assert.equal(err, "");
    assert.match(out, /wrong\.parquet: \d faults? /);
    const line = out.split("\n").find((text) => text.startsWith("  page-checksum: "))!;
    assert.match(
      line,
      /: row group 0, column id, page 0, byte \d+: .* \[parquet\.thrift, PageHeader\.crc/,
    );
    assert.match(out, /remarked\.parquet: 0 faults, 1 remark /);
    assert.match(
      out,
      /\n {2}remarks \(legal, but known to trip readers\):\n {4}created-by: created_by is "somebody" \[/,
    );
  });
});

test("verify takes --limits, and says what is valid", async () => {
  await inFolder(async (folder) => {
    const [right] = await threeFiles(folder);
    const low = await runCli(["verify", right, "--limits", '{"maxPageBytes":100}']);
    assert.equal(low.code, 1);
    assert.match(low.out, /limit: .*limits\.maxPageBytes/);
    const high = await runCli(["verify", right, "--limits", '{"maxPageBytes":1e9}']);
    assert.equal(high.code, 0, high.out);
    for (const wrong of ["{", '{"maxRows":1}', '{"maxPageBytes":0}']) {
      const { code, err } = await runCli(["verify", right, "--limits", wrong]);
      assert.equal(code, 2);
      assert.match(err, /--limits/);
    }
  });
});

test("verify takes remarks for no reason to fail", async () => {
  await inFolder(async (folder) => {
    const [, , remarked] = await threeFiles(folder);
    assert.equal((await runCli(["verify", remarked])).code, 0);
  });
});

test("verify --json prints an object for each file", async () => {
  await inFolder(async (folder) => {
    const [right, wrong, remarked] = await threeFiles(folder);
    const nothing = join(folder, "nothing.parquet");
    const { code, out, err } = await runCli(["verify", "--json", right, nothing, wrong, remarked]);
    assert.equal(code, 2, "what cannot be read outweighs what is wrong");
    assert.match(err, /^parquet-ext: Cannot read .*nothing\.parquet: no such file or directory\n$/);
    const objects = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(objects.map(({ file }) => file), [right, nothing, wrong, remarked]);
    assert.deepEqual([objects[0].faults, objects[0].remarks], [[], []]);
    assert.equal(objects[1].error, "no such file or directory");
    assert.equal(objects[2].faults[0].severity, "fault");
    assert.equal(objects[2].faults[0].rowGroup, 0);
    assert.equal(objects[3].remarks[0].rule, "created-by");
  });
});

test("verify finds faults in what is no Parquet file at all", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "text.parquet");
    await writeFile(path, "nothing of the kind, but long enough");
    const { code, out } = await runCli(["verify", path]);
    assert.equal(code, 1);
    assert.match(out, /magic: byte 0: the file begins with 6e 6f 74 68 instead of PAR1/);
  });
});

test("verify --rules prints every rule with its clause", async () => {
  const { code, out } = await runCli(["verify", "--rules"]);
  assert.equal(code, 0);
  assert.equal(out, `${rulesText(false)}\n`);
  for (const [name, { rule, source }] of Object.entries(RULES)) {
    assert.ok(out.includes(`  ${name}: ${rule} [${source}]\n`), name);
  }
  assert.deepEqual(JSON.parse(rulesText(true)), { ...RULES });
});

test("verify sums up the remarks of one rule, --all shows each", () => {
  const remarks = Array.from({ length: 100 }, (_, i) => ({
    severity: "remark" as const,
    rule: "created-by" as const,
    message: `message ${i}`,
    rowGroup: i,
  }));
  const cut = {
    severity: "remark" as const,
    rule: "created-by" as const,
    message: "… and 900 more",
    count: 900,
  };
  const other = { severity: "remark" as const, rule: "gap" as const, message: "other" };
  const result = { byteLength: 5, milliseconds: 1, faults: [], remarks: [...remarks, other, cut] };
  const lines = verifyText("x", result).split("\n");
  assert.equal(lines.length, 4);
  assert.match(lines[0]!, /^x: 0 faults, 1,001 remarks /);
  assert.match(lines[2]!, /^ {4}created-by: 1,000 times, first: row group 0: message 0 \[/);
  assert.match(lines[3]!, /^ {4}gap: other \[/);
  const all = verifyText("x", result, true).split("\n");
  assert.equal(all.length, 2 + 102);
  assert.match(all[101]!, /^ {4}created-by: row group 99: message 99 \[/);
});

test("what a file says cannot move the cursor", () => {
  const finding = {
    severity: "fault",
    rule: "magic",
    message: "\u001b[2J",
    column: "a\nb",
  } as const;
  const text = verifyText("x\u0007.parquet", {
    byteLength: 5,
    milliseconds: 1,
    faults: [finding],
    remarks: [],
  });
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\u0000-\u001f]/);
  assert.equal(text.split("\n").length, 2);
});
