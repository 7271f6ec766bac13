/** A site whose pages run jobs, with whatever headers a test wants. */

import { build } from "esbuild";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { esbuildPlugins, VARIANTS } from "../../scripts/conditions.mjs";
import { ENCODER_WORKER_SOURCE } from "../../src/executor/encoder_worker.generated.ts";

export { wasmModules } from "../../scripts/conditions.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Headers of a page, and of the scripts of its workers. */
export type Headers = Readonly<Record<string, string>>;

const SCRIPTS: Readonly<Record<string, string>> = {
  "/page.js": `import { run } from "./app.js"; globalThis.run = run;`,
  // What a page that bundles for no condition gets.
  "/page_default.js": `import { run } from "./app_default.js"; globalThis.run = run;`,
  "/module_worker.js": `import { run } from "./app.js";
    onmessage = async ({ data: [name, job] }) => postMessage(await run(name, job));`,
  "/shared_worker.js": `import { run } from "./app.js";
    onconnect = ({ ports: [port] }) => {
      port.onmessage = async ({ data: [name, job] }) => port.postMessage(await run(name, job));
    };`,
  "/service_worker.js": `import { run } from "./app.js";
    addEventListener("install", () => skipWaiting());
    addEventListener("activate", (event) => event.waitUntil(clients.claim()));
    addEventListener("message", (event) => {
      const [name, job] = event.data;
      event.waitUntil(run(name, job).then((answer) => event.ports[0].postMessage(answer)));
    });`,
  "/worker.js": ENCODER_WORKER_SOURCE,
};

/** Bundles a module as an application's bundler would. */
export async function bundle(source: string, condition: "browser" | "default" | "workerd") {
  const { outputFiles } = await build(
    {
      absWorkingDir: ROOT,
      entryPoints: [source],
      bundle: true,
      format: "esm",
      target: VARIANTS[condition].target ?? "es2023",
      minify: true,
      write: false,
      // Without a condition, too, nothing is to be left that a browser does not have.
      platform: condition === "workerd" ? "neutral" : "browser",
      plugins: esbuildPlugins(condition),
    } as Parameters<typeof build>[0],
  );
  return outputFiles![0]!.text;
}

/** A site that listens. */
export interface Site {
  /** A page with these headers. */
  page(headers: Headers, script?: string): string;
  /** What a context left under a name, once. */
  take(name: string): Uint8Array | undefined;
  close(): void;
}

/** Opens a site on this machine. */
export async function openSite(): Promise<Site> {
  const scripts = new Map(Object.entries(SCRIPTS));
  scripts.set("/app.js", await bundle("tests/browser/app.ts", "browser"));
  scripts.set("/app_default.js", await bundle("tests/browser/app.ts", "default"));
  const results = new Map<string, Uint8Array>();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, "http://localhost");
    const headers = JSON.parse(url.searchParams.get("headers") ?? "{}") as Headers;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (request.method === "PUT") {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk);
      results.set(decodeURIComponent(url.pathname.slice("/result/".length)), Buffer.concat(chunks));
      return response.end();
    }
    if (url.pathname === "/page") {
      response.setHeader("Content-Type", "text/html");
      const script = url.searchParams.get("script");
      return response.end(`<!doctype html><script type="module" src="${script}"></script>`);
    }
    const script = scripts.get(url.pathname);
    response.setHeader("Content-Type", "text/javascript");
    // A page that asks for it has only workers that do, too.
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    response.statusCode = script === undefined ? 404 : 200;
    response.end(script);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    page: (headers, script = "/page.js") =>
      `${origin}/page?${new URLSearchParams({ headers: JSON.stringify(headers), script })}`,
    take(name) {
      const bytes = results.get(name);
      results.delete(name);
      return bytes;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
