/** Links between the documents lead to files and headings that exist. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ROOT } from "./examples.ts";

const DOCUMENTS = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "examples/browser/README.md",
  "examples/scale-out/README.md",
  ...readdirSync(new URL("docs/", ROOT)).filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

function proseOf(url: URL): string {
  return readFileSync(url, "utf8").replace(/^```[\s\S]*?^```/gm, "");
}

/** Anchors of the headings, as GitHub makes them. */
function anchorsOf(url: URL): string[] {
  return [...proseOf(url).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(
      /[^\p{L}\p{N}_\- ]/gu,
      "",
    )
      .replaceAll(" ", "-")
  );
}

for (const document of DOCUMENTS) {
  test(`links lead somewhere: ${document}`, () => {
    const base = new URL(document, ROOT);
    const prose = proseOf(base).replace(/`[^`\n]*`/g, "");
    for (const [, link] of prose.matchAll(/\]\(([^)\s]+)\)|src(?:set)?="([^"]+)"/g)) {
      if (link === undefined || /^\w+:/.test(link)) continue;
      const target = new URL(link, base);
      const anchor = decodeURIComponent(target.hash.slice(1));
      target.hash = "";
      assert.ok(existsSync(target), `${link}: no such file`);
      if (anchor !== "" && target.pathname.endsWith(".md")) {
        assert.ok(anchorsOf(target).includes(anchor), `${link}: no such heading`);
      }
    }
  });
}
