/** The example page: from a dropped or chosen file to a Parquet file on the disk, in a real browser. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { serve } from "../../examples/browser/serve.mjs";
import { readParquetMetadata, toParquet, verifyParquet } from "../../mod.ts";
import { readPlainlyWithHyparquet } from "../support/hyparquet_reader.ts";
import { startChromium } from "./chromium.ts";

const elsewhere = process.versions["bun"] !== undefined || process.versions["deno"] !== undefined;
const browser = elsewhere ? "runs with the suite of Node" : await startChromium();
const skip = typeof browser === "string" ? browser : false;

const ROWS = [{ id: 1, name: "one" }, { id: 2, name: "two, or 2" }];
const CSV = 'id,name,day\n1,one,2026-01-31\n2,"two, or 2",\n';
const FILES: readonly (readonly [string, () => Uint8Array | Promise<Uint8Array>])[] = [
  ["rows.csv", () => Buffer.from('id,name\n1,one\n2,"two, or 2"\n')],
  ["rows.ndjson", () => Buffer.from(ROWS.map((row) => JSON.stringify(row)).join("\n"))],
  ["rows.json", () => Buffer.from(JSON.stringify(ROWS))],
  [
    "rows.arrow",
    () => tableToIPC(tableFromArrays({ id: [1, 2], name: ROWS.map(({ name }) => name) }), "file"),
  ],
  ["rows.parquet", () => toParquet(ROWS)],
];

test("examples/browser turns files into Parquet", { skip }, async () => {
  if (typeof browser === "string") return;
  const server = await serve(0);
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    for (const [name, bytes] of FILES) {
      await page.setInputFiles("#file", { name, mimeType: "", buffer: Buffer.from(await bytes()) });
      await page.locator("#status", { hasText: /^2 rows/ }).waitFor();
      assert.deepEqual(await page.locator("#schema td:first-child").allTextContents(), [
        "id",
        "name",
      ]);
      assert.equal(await page.locator("#rows tr").count(), 2, name);
      assert.equal(
        await page.locator("#rows tr:last-child td:last-child").textContent(),
        "two, or 2",
      );
    }
    // By keyboard: another codec, then the button that saves.
    await page.locator("#codec").focus();
    await page.selectOption("#codec", "gzip");
    await page.locator("#save:enabled").waitFor();
    const downloading = page.waitForEvent("download");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const download = await downloading;
    assert.equal(download.suggestedFilename(), "rows.parquet");
    const saved = new Uint8Array(readFileSync(await download.path()));
    assert.equal(
      (await readParquetMetadata(saved)).rowGroups[0]!.columns[0]!.metaData!.codec,
      "GZIP",
    );
    assert.deepEqual(await verifyParquet(saved), []);
    assert.equal((await readPlainlyWithHyparquet(saved)).length, 2);

    await page.setInputFiles("#file", {
      name: "days.csv.gz",
      mimeType: "",
      buffer: gzipSync(CSV),
    });
    await page.locator("#schema", { hasText: "DATE" }).waitFor();
    assert.equal(
      await page.locator("#rows tr:first-child td:last-child").textContent(),
      "2026-01-31",
    );

    // A file that is dropped beside the field does not replace the page.
    const taken = await page.evaluate(
      `["dragover", "drop"].map((type) =>
        !document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true })))`,
    );
    assert.deepEqual(taken, [true, true]);

    for (
      const [name, text, message] of [
        ["rows.csv", 'a,b\n1,"unclosed', /a quote is not closed \(line 2\)/],
        ["notes.docx", "PK", /Cannot read notes.docx: expected .csv,/],
      ] as const
    ) {
      await page.setInputFiles("#file", { name, mimeType: "", buffer: Buffer.from(text) });
      await page.locator("#status.error", { hasText: message }).waitFor();
    }
    assert.equal(await page.locator("#save").isDisabled(), true);
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
    server.close();
  }
});
