/**
 * Reads the JUnit reports that the test runners of Deno, Bun and Node write.
 *
 * @module
 */

const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescape(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name] ?? all;
  });
}

function attribute(tag, name) {
  const match = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
  return match === null ? "" : unescape(match[1]);
}

/**
 * @typedef {object} TestCase
 * @property {string} name
 * @property {string} file As the runner wrote it; may be absolute or empty.
 * @property {"passed" | "failed" | "skipped"} outcome
 * @property {string} message What went wrong, or why it was skipped.
 */

/**
 * Lists the test cases of a report.
 *
 * @param {string} xml
 * @returns {TestCase[]}
 */
export function parseJUnit(xml) {
  const cases = [];
  // Attribute values never hold a raw "<", but Node's may hold a raw ">".
  const pattern = /<testcase((?:\s+[\w:-]+="[^"]*")*)\s*(?:\/>|>([\s\S]*?)<\/testcase>)/g;
  for (const [, tag, body = ""] of xml.matchAll(pattern)) {
    const failure = /<(?:failure|error)\b((?:\s+[\w:-]+="[^"]*")*)\s*(?:\/>|>([\s\S]*?)<\/)/.exec(
      body,
    );
    const skipped = /<skipped\b((?:\s+[\w:-]+="[^"]*")*)/.exec(body);
    cases.push({
      name: attribute(tag, "name"),
      file: attribute(tag, "file") || attribute(tag, "classname"),
      outcome: failure !== null ? "failed" : skipped !== null ? "skipped" : "passed",
      message: failure !== null
        ? unescape(failure[2] ?? "").trim() || attribute(failure[1], "message")
        : skipped !== null
        ? attribute(skipped[1], "message")
        : "",
    });
  }
  return cases;
}
