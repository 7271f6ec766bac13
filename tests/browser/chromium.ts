/** A real Chromium: that of `@sparticuz/chromium`, which brings the libraries that it needs, else what is on the PATH. */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";

const CACHE = fileURLToPath(new URL("../../.cache/chromium", import.meta.url));
const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

interface Binary {
  readonly path: string;
  /** Folder of libraries that it needs beside those of the system. */
  readonly libraries: string | null;
  /** Configuration of the fonts that it brings; it ends where it finds none. */
  readonly fonts: string | null;
}

/** The package's own configuration looks for fonts in the folder for temporary files alone. */
function fontConfiguration(): string {
  const path = join(CACHE, "fonts.conf");
  const [fonts, cache] = ["fonts", "fonts-cache"].map((name) => join(CACHE, name));
  writeFileSync(
    path,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${fonts}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${cache}</cachedir>
</fontconfig>
`,
  );
  return path;
}

/** Unpacks the package's binary and libraries, once; `null` where it is not installed or not for this machine. */
async function unpacked(): Promise<Binary | null> {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  try {
    createRequire(import.meta.url).resolve("@sparticuz/chromium");
  } catch {
    return null;
  }
  mkdirSync(CACHE, { recursive: true });
  // The package unpacks to the folder for temporary files, and its libraries in the environment that it is made for only.
  const { TMPDIR, AWS_EXECUTION_ENV } = process.env;
  process.env["TMPDIR"] = CACHE;
  process.env["AWS_EXECUTION_ENV"] = "AWS_Lambda_nodejs22.x";
  try {
    const { default: chromium } = await import("@sparticuz/chromium");
    return {
      path: await chromium.executablePath(),
      libraries: join(CACHE, "al2023", "lib"),
      fonts: fontConfiguration(),
    };
  } finally {
    restore("TMPDIR", TMPDIR);
    restore("AWS_EXECUTION_ENV", AWS_EXECUTION_ENV);
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** The one on the PATH. */
function onPath(): Binary | null {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      if (folder !== "" && existsSync(path)) return { path, libraries: null, fonts: null };
    }
  }
  return null;
}

/** Starts the browser; a string says why there is none. */
export async function startChromium(): Promise<Browser | string> {
  const { chromium } = await import("playwright-core");
  const problems: string[] = [];
  for (const find of [unpacked, onPath]) {
    try {
      const binary = await find();
      if (binary === null) continue;
      const { path: executablePath, libraries, fonts } = binary;
      const searched = [libraries, process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":");
      return await chromium.launch({
        executablePath,
        args: FLAGS,
        env: {
          ...process.env,
          LD_LIBRARY_PATH: searched,
          ...(fonts === null ? {} : { FONTCONFIG_FILE: fonts }),
        } as Record<string, string>,
      });
    } catch (error) {
      problems.push((error as Error).message.split("\n", 1)[0]!);
    }
  }
  if (problems.length > 0) return `Chromium does not start: ${problems.join("; ")}`;
  return "no Chromium: neither @sparticuz/chromium nor one on the PATH";
}
