/** The README's tables are those that the code gives today. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readmeTables } from "../../scripts/readme_tables.ts";
import { ROOT } from "./examples.ts";

for (const [name, table] of readmeTables()) {
  test(`the README's table of ${name} is up to date`, () => {
    const readme = readFileSync(new URL("README.md", ROOT), "utf8");
    const start = `<!-- table: ${name} -->`;
    assert.equal(readme.split(start).length, 2, `${start} stands in the README once`);
    const [shown] = readme.split(start)[1]!.split("<!-- end of table -->");
    assert.equal(shown!.trim(), table, 'run "npm run generate"');
    const widths = new Set(table.split("\n").map((line) => line.match(/(?<!\\)\|/g)?.length));
    assert.equal(widths.size, 1, "every line has the same number of cells");
  });
}
