/**
 * Charts as SVG, for light and for dark pages.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import { parse, View } from "vega";
import { compile } from "vega-lite";

const THEMES = {
  light: { background: "#ffffff", ink: "#1f2328", grid: "#d1d9e0" },
  dark: { background: "#0d1117", ink: "#e6edf3", grid: "#30363d" },
};

/**
 * Writes `NAME-light.svg` and `NAME-dark.svg`.
 *
 * @param {string} path Path without the ending.
 * @param {import("vega-lite").TopLevelSpec} spec What to draw, without colours of the page.
 */
export async function writeChart(path, spec) {
  for (const [theme, { background, ink, grid }] of Object.entries(THEMES)) {
    const text = { labelColor: ink, titleColor: ink };
    const { spec: drawn } = compile({
      ...spec,
      background,
      config: {
        view: { stroke: null },
        axis: { ...text, gridColor: grid, domainColor: grid, tickColor: grid },
        legend: text,
        header: text,
        title: { color: ink },
        text: { color: ink },
        ...spec.config,
      },
    });
    const view = new View(parse(drawn), { renderer: "none" });
    writeFileSync(`${path}-${theme}.svg`, `${await view.toSVG()}\n`);
    view.finalize();
  }
}
