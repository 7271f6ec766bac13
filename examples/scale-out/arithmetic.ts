/**
 * What limits a fleet of writers, as a table: `node arithmetic.ts [--encode MiB/s] [--put ms] …`.
 *
 * Stage costs come in as options, measured on one machine. Rates that add up (encoding, uploads, requests) are multiplied out; commits to
 * one log, which collide, are simulated: a committer reads the log, tries to create the next version, and starts again if another one
 * was faster.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";

/** Costs of the stages, and what is given. */
export interface Costs {
  /** Input that one worker turns into Parquet, MiB a second. */
  readonly encode: number;
  /** Bytes of Parquet for a byte of input. */
  readonly ratio: number;
  /** What one worker uploads, MiB a second. */
  readonly upload: number;
  /** Time of one request to the store, ms. */
  readonly request: number;
  /** Requests a second that the store takes below one prefix. */
  readonly requestRate: number;
  /** Jobs a second that the queue hands out and takes back. */
  readonly jobRate: number;
  /** Bytes of a finished file, MiB, and of a part of its upload, MiB. */
  readonly file: number;
  readonly part: number;
  /** Files that one commit names. */
  readonly filesPerCommit: number;
}

/** One line of the table. */
export interface Outlook {
  readonly workers: number;
  /** Input a day, TB. */
  readonly terabytes: number;
  readonly files: number;
  readonly requestsPerSecond: number;
  readonly commitsPerSecond: number;
  /** Attempts that one commit takes in the mean, when as many committers as needed work side by side. */
  readonly attempts: number;
  readonly limit: string;
}

const DAY = 86_400;

/** What so many workers do in a day, and what stops them from doing more. */
export function outlook(costs: Costs, workers: number): Outlook {
  const perWorker = Math.min(costs.encode, costs.upload / costs.ratio);
  const files = (rate: number) => rate * costs.ratio / costs.file;
  const requests = (rate: number) => files(rate) * (Math.ceil(costs.file / costs.part) + 2);
  const commits = (rate: number) => files(rate) / costs.filesPerCommit;
  // A commit lists, reads what is new and puts: three requests, and only one of all committers gets each version.
  const commitRate = 1000 / (3 * costs.request);
  const demanded = perWorker * workers;
  const scale = (
    name: string,
    share: number,
  ): [string, number] => [name, demanded / Math.max(share, 1)];
  const bounds: [string, number][] = [
    [costs.encode <= costs.upload / costs.ratio ? "encoding" : "upload", demanded],
    scale("requests of the store", requests(demanded) / costs.requestRate),
    scale("commits to the log", commits(demanded) / commitRate),
    scale("jobs of the queue", files(demanded) / costs.jobRate),
  ];
  const [limit, rate] = bounds.reduce((least, bound) => bound[1] < least[1] ? bound : least);
  return {
    workers,
    terabytes: rate * DAY / 1e6 * 1.048576,
    files: files(rate) * DAY,
    requestsPerSecond: requests(rate),
    commitsPerSecond: commits(rate),
    attempts: attemptsPerCommit(commits(rate), costs.request),
    limit,
  };
}

/**
 * Attempts of a commit in the mean, where commits come at a rate by chance.
 *
 * @param rate Commits a second, of all writers.
 * @param request Time of a request, ms; an attempt takes three.
 * @param count Commits to simulate.
 */
export function attemptsPerCommit(rate: number, request: number, count = 20_000): number {
  if (rate === 0) return 1;
  let seed = 1;
  const random = () => (seed = seed * 48_271 % 2_147_483_647) / 2_147_483_647;
  /** Attempts under way: when each puts, and which version it has read. */
  const attempts: { at: number; seen: number; tries: number }[] = [];
  const begin = (at: number, tries: number) => {
    // Two requests read the log; the last one puts.
    attempts.push({ at: at + request * (2 + random()), seen: versionAt(at + request), tries });
  };
  const versions: number[] = [];
  const versionAt = (time: number) => {
    let version = versions.length;
    while (version > 0 && versions[version - 1]! > time) version--;
    return version;
  };
  let arrival = 0;
  let arrived = 0;
  let done = 0;
  let total = 0;
  while (done < count) {
    const next = attempts.reduce(
      (least, one, i) => one.at < (attempts[least]?.at ?? Infinity) ? i : least,
      0,
    );
    const put = attempts[next];
    if (arrived < count && (put === undefined || arrival <= put.at)) {
      begin(arrival, 1);
      arrived++;
      arrival += -Math.log(random()) / rate * 1000;
      continue;
    }
    attempts.splice(next, 1);
    if (put!.seen === versions.length) {
      versions.push(put!.at);
      total += put!.tries;
      done++;
    } else {
      begin(put!.at + request * random(), put!.tries + 1);
    }
    // More come than can be committed: the queue of attempts grows without end.
    if (attempts.length > 1000) return Infinity;
  }
  return total / count;
}

/** The table for 10, 100 and 1,000 workers, as Markdown. */
export function table(costs: Costs): string {
  const lines = [10, 100, 1000].map((workers) => {
    const of = outlook(costs, workers);
    return [
      of.workers,
      of.terabytes.toFixed(of.terabytes < 10 ? 1 : 0),
      Math.round(of.files).toLocaleString("en"),
      of.requestsPerSecond.toFixed(1),
      of.commitsPerSecond.toFixed(3),
      Number.isFinite(of.attempts) ? of.attempts.toFixed(2) : "no end",
      of.limit,
    ].join(" | ");
  });
  return [
    "| workers | TB of input a day | files a day | requests a second | commits a second | attempts a commit | limit |",
    "|--:|--:|--:|--:|--:|--:|---|",
    ...lines.map((line) => `| ${line} |`),
  ].join("\n");
}

if (import.meta.main) {
  const number = (value: number) => ({ type: "string", default: String(value) }) as const;
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: {
      encode: number(100),
      ratio: number(0.25),
      upload: number(200),
      request: number(50),
      requestRate: number(3500),
      jobRate: number(2000),
      file: number(256),
      part: number(16),
      filesPerCommit: number(100),
    },
  });
  const costs = Object.fromEntries(
    Object.entries(values).map(([name, text]) => [name, Number(text)]),
  );
  console.log(table(costs as unknown as Costs));
}
