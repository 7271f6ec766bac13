/**
 * The little of XML that answers of stores consist of: elements with text, without attributes that matter.
 *
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  gt: ">",
  lt: "<",
  quot: '"',
};

/** The contents of all elements of a name, which do not hold others of the same name. */
export function elementsOf(xml: string, name: string): string[] {
  const found: string[] = [];
  const pattern = new RegExp(
    `<(?:\\w+:)?${name}(?:\\s[^>]*)?(?:/>|>([\\s\\S]*?)</(?:\\w+:)?${name}>)`,
    "g",
  );
  for (const [, content = ""] of xml.matchAll(pattern)) found.push(content);
  return found;
}

/** The text of the first element of a name; `undefined` where there is none. */
export function textOf(xml: string, name: string): string | undefined {
  const [content] = elementsOf(xml, name);
  return content === undefined ? undefined : unescapeXml(content);
}

/** Text as it stands in XML, read. */
export function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, decimal, name) => {
    const code = hex !== undefined
      ? parseInt(hex, 16)
      : decimal !== undefined
      ? Number(decimal)
      : NaN;
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    return Object.hasOwn(ENTITIES, name ?? "") ? ENTITIES[name]! : all;
  });
}

/** Text to stand in XML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
