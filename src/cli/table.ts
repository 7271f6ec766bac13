/**
 * Tables of text, aligned and no wider than asked for.
 *
 * @module
 */

/** One column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Numbers go to the right. */
  readonly align: "left" | "right";
  /** Cells may be shortened, down to this many characters; 0: never. */
  readonly shrinkTo: number;
  /** Of columns that may be shortened, those of a lower order go first. Default 0. */
  readonly shrinkOrder?: number;
}

const GAP = 2;
const ELLIPSIS = "…";
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** East Asian wide characters and emoji take two cells of a terminal. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}|^[\u{20000}-\u{3fffd}]/u;

function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function cellsOf(grapheme: string): number {
  return WIDE.test(grapheme) ? 2 : 1;
}

/** Cells of a terminal that a text takes. */
export function textWidth(text: string): number {
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + cellsOf(grapheme), 0);
}

/** The beginning of a text that is too wide, with an ellipsis after it. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let out = "", used = 0;
  for (const grapheme of graphemes(text)) {
    used += cellsOf(grapheme);
    if (used > width - 1) break;
    out += grapheme;
  }
  return out + ELLIPSIS;
}

/**
 * Lays out a table, one string a line, the titles first.
 *
 * Where it is too wide, columns that may be shortened are: the widest first of those of the lowest order, until it fits or nothing is left to take.
 *
 * @param columns The columns.
 * @param rows Cells, as many a row as there are columns; without line breaks.
 * @param width Cells of the terminal.
 */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const widths = columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, textWidth(row[i]!)), textWidth(title))
  );
  let excess = widths.reduce((sum, own) => sum + own, GAP * (columns.length - 1)) - width;
  while (excess > 0) {
    const widest = nextToShrink(columns, widths);
    if (widest < 0) break;
    widths[widest]!--;
    excess--;
  }
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => {
      const text = shorten(cell, widths[i]!);
      const padding = " ".repeat(Math.max(0, widths[i]! - textWidth(text)));
      return columns[i]!.align === "right" ? padding + text : text + padding;
    }).join(" ".repeat(GAP)).trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

/** The column to take a cell from, −1 when none has any to give. */
function nextToShrink(columns: readonly TableColumn[], widths: readonly number[]): number {
  let best = -1;
  columns.forEach(({ shrinkTo, shrinkOrder = 0 }, i) => {
    if (shrinkTo === 0 || widths[i]! <= shrinkTo) return;
    const order = best < 0 ? Infinity : columns[best]!.shrinkOrder ?? 0;
    if (shrinkOrder < order || (shrinkOrder === order && widths[i]! > widths[best]!)) best = i;
  });
  return best;
}
