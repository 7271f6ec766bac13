/**
 * Results as Markdown, with every loss, and as a chart.
 *
 * @module
 */

import { join } from "node:path";
import { writeChart } from "../scripts/chart.mjs";

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** The warm runs of all processes; the first of each is cold. */
function summary(processes) {
  const warm = processes.flatMap(({ milliseconds }) => milliseconds.slice(1));
  return {
    best: Math.min(...warm),
    median: median(warm),
    cold: median(processes.map(({ milliseconds }) => milliseconds[0])),
    cpu: median(processes.flatMap(({ cpu }) => cpu.slice(1))),
    bytes: processes[0].bytes,
    peakRss: Math.max(...processes.map(({ peakRss }) => peakRss)),
  };
}

const ratio = (value) => value.toFixed(2);
const figure = (value) => value < 10 ? value.toFixed(2) : value.toFixed(0);
const mebibytes = (bytes) => figure(bytes / 2 ** 20);

function table(titles, rows) {
  return [
    `| ${titles.join(" | ")} |`,
    `|---|${titles.slice(1).map(() => "--:").join("|")}|`,
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
}

/**
 * Writes a suite's chart and gives its text.
 *
 * @param {{ suite: string, rounds: number, machine: string, ours: string, measured: object[] }} run
 * @param {string} folder Where the charts go.
 */
export async function report({ suite, rounds, machine, ours, measured }, folder) {
  const cases = measured.map(({ name, inputBytes, results }) => ({
    name,
    inputBytes,
    by: Object.fromEntries(
      Object.entries(results).filter(([, processes]) => processes.length > 0)
        .map(([writer, processes]) => [writer, summary(processes)]),
    ),
  }));
  const peers = [...new Set(cases.flatMap(({ by }) => Object.keys(by)))]
    .filter((writer) => writer !== ours);
  const points = cases.flatMap(({ name, by }) =>
    peers.filter((peer) => by[peer]).map((peer) => ({
      case: name,
      peer,
      ratio: by[peer].best / by[ours].best,
      medians: by[peer].median / by[ours].median,
      size: by[ours].bytes / by[peer].bytes,
      cpu: by[ours].cpu / by[peer].cpu,
    }))
  );
  const overview = peers.map((peer) => {
    const its = points.filter((point) => point.peer === peer);
    const ratios = its.map((point) => point.ratio);
    return [
      peer,
      its.length,
      ratio(median(ratios)),
      ratio(Math.min(...ratios)),
      ratio(Math.max(...ratios)),
      ratio(median(its.map(({ medians }) => medians))),
      its.filter((point) => point.ratio > 1).length,
      ratio(median(its.map(({ cpu }) => cpu))),
      ratio(median(its.map(({ size }) => size))),
      ratio(Math.max(...its.map(({ size }) => size))),
    ];
  });
  const losses = points.filter((point) => point.ratio < 1 || point.size > 1)
    .toSorted((a, b) => a.ratio - b.ratio)
    .map(({ case: name, peer, ratio: fast, size }) => [name, peer, ratio(fast), ratio(size)]);
  const all = cases.map(({ name, inputBytes, by }) => [
    name,
    mebibytes(inputBytes),
    figure(by[ours].best),
    figure(by[ours].median),
    figure(by[ours].cold),
    figure(by[ours].cpu),
    mebibytes(by[ours].peakRss),
    mebibytes(by[ours].bytes),
    ...peers.map((peer) =>
      by[peer] ? `${figure(by[peer].best)} (${ratio(by[peer].best / by[ours].best)})` : "–"
    ),
  ]);
  await writeChart(join(folder, suite), {
    title: `${suite}: time of others / time of ${ours}`,
    data: { values: points },
    mark: { type: "tick", thickness: 2 },
    width: 640,
    height: { step: 28 },
    encoding: {
      x: {
        field: "ratio",
        type: "quantitative",
        scale: { type: "log" },
        title: "times faster, best against best; a tick a case",
      },
      y: { field: "peer", type: "nominal", title: null, sort: peers },
      color: { condition: { test: "datum.ratio < 1", value: "#d1242f" }, value: "#1a7f37" },
    },
  });
  return `# ${suite}

${rounds} rounds, process by process, in turns, on ${machine}, Node. Times in milliseconds, sizes in MiB. A ratio is their time / ours, best against best unless it
says medians; CPU and size are ours / theirs. The first run of a process is cold and counts only in its own column; those of the 1.5 s after it are not timed, whoever writes.

![Ratios by writer](${suite}-light.svg)

## Overview

${
    table(
      [
        "writer",
        "cases",
        "median",
        "least",
        "most",
        "medians",
        "ahead in",
        "CPU",
        "size",
        "largest size",
      ],
      overview,
    )
  }

## Losses

${losses.length === 0 ? "None." : table(["case", "writer", "ratio", "size"], losses)}

## All cases

${
    table(
      [
        "case",
        "input",
        "best",
        "median",
        "cold",
        "CPU",
        "peak RSS",
        "file",
        ...peers.map((peer) => `${peer} (ratio)`),
      ],
      all,
    )
  }
`;
}
