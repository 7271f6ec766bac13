/** Servers of others, started for a test where they are found. */

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";

/** A program: what `variable` says, else in the folders of Go, of a virtual environment, and of the PATH; `null`: not there. */
export function findProgram(name: string, variable: string): string | null {
  const given = process.env[variable];
  if (given !== undefined && given !== "") return given;
  const folders = [
    process.env["GOBIN"],
    join(process.env["GOPATH"] ?? join(homedir(), "go"), "bin"),
    process.env["VIRTUAL_ENV"] && join(process.env["VIRTUAL_ENV"], "bin"),
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  for (const folder of folders) {
    if (folder === undefined || folder === "") continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not there.
    }
  }
  return null;
}

/** A port that is free at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A server that answers. */
export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a server, and waits until it answers to HTTP. */
export async function startServer(
  program: string,
  args: (port: number) => readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child: ChildProcess = spawn(program, args(port), {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr!.on("data", (chunk) => said = (said + chunk).slice(-2000));
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => resolve());
    child.on("error", (error) => {
      said += error.message;
      resolve();
    });
  });
  let isGone = false;
  ended.then(() => isGone = true);
  for (const until = Date.now() + 30_000;;) {
    if (isGone) throw new Error(`${program} has ended: ${said}`);
    const isThere = await fetch(url).then(async (reply) => {
      await reply.arrayBuffer();
      return true;
    }, () => false);
    if (isThere) break;
    if (Date.now() > until) {
      child.kill("SIGKILL");
      throw new Error(`${program} does not answer: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
