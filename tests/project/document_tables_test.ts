/** The tables of `docs/` are those that the code gives today. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { documentTables } from "../../scripts/document_tables.ts";
import { ROOT } from "./examples.ts";

for (const [name, table] of documentTables()) {
  test(`the table of docs/${name}.md is up to date`, () => {
    const page = readFileSync(new URL(`docs/${name}.md`, ROOT), "utf8");
    const start = `<!-- table: ${name} -->`;
    assert.equal(page.split(start).length, 2, `${start} stands in the page once`);
    const [shown] = page.split(start)[1]!.split("<!-- end of table -->");
    assert.equal(shown!.trim(), table, 'run "npm run generate"');
    const widths = new Set(table.split("\n").map((line) => line.match(/(?<!\\)\|/g)?.length));
    assert.equal(widths.size, 1, "every line has the same number of cells");
  });
}
