import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { tableFromArrays } from "apache-arrow";
import { writeParquet } from "../../mod.ts";
import { claimAndRename, type FileSystem, fileSystem } from "../../src/runtime/file_system.ts";
import type { WritableFile } from "../../src/runtime/files.ts";
import { pendingTemporaries } from "../../src/sink/file_replacement.ts";
import { FileSink } from "../../src/sink/file_sink.ts";
import { temporaryName } from "../../src/sink/temporary_name.ts";
import { AbortError, SinkError, WriterStateError } from "../../src/util/errors.ts";

let folder = "";

/** Temporary files that are to be removed yet; other suites of this process have folders of their own. */
const pending = () => pendingTemporaries().filter((path) => path.startsWith(folder));

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "sink-")));
});
afterEach(() => {
  assert.deepEqual(pending(), []);
  rmSync(folder, { recursive: true });
});

const bytes = (...values: number[]) => Uint8Array.from(values);
const POSIX = process.platform !== "win32";

async function written(path: string, ...values: number[]): Promise<void> {
  const sink = new FileSink(path);
  await sink.write(bytes(...values));
  await sink.close();
}

test("FileSink() leaves the target alone until it is closed", async () => {
  const path = join(folder, "a.parquet");
  writeFileSync(path, "before");
  const sink = new FileSink(path);
  await sink.write(bytes(1, 2));
  await sink.write(bytes(3));
  assert.equal(readFileSync(path, "utf8"), "before");
  assert.equal(readdirSync(folder).length, 2);
  assert.equal(sink.committed, false);
  await sink.close();
  assert.equal(sink.committed, true);
  assert.deepEqual([...readFileSync(path)], [1, 2, 3]);
  assert.deepEqual(readdirSync(folder), ["a.parquet"]);
});

test("FileSink() takes a file: URL, and writes an empty file", async () => {
  const path = join(folder, "with space.parquet");
  const sink = new FileSink(pathToFileURL(path));
  await sink.close();
  assert.equal(readFileSync(path).length, 0);
});

test("FileSink() removes its temporary file when it is aborted", async () => {
  const path = join(folder, "a.parquet");
  const sink = new FileSink(path);
  await sink.write(bytes(1));
  await sink.abort();
  assert.deepEqual(readdirSync(folder), []);
});

test("FileSink() removes its temporary file when it is aborted during a write", async () => {
  const sink = new FileSink(join(folder, "a.parquet"));
  const reason = new Error("enough");
  const pending = assert.rejects(sink.write(bytes(1)), (error: unknown) => {
    return error instanceof AbortError && error.cause === reason;
  });
  await sink.abort(reason);
  await pending;
  assert.deepEqual(readdirSync(folder), []);
});

test("FileSink() aborted before the first write leaves nothing, and takes nothing any more", async () => {
  const sink = new FileSink(join(folder, "a.parquet"));
  await sink.abort();
  await assert.rejects(sink.write(bytes(1)), WriterStateError);
  await assert.rejects(sink.close(), WriterStateError);
  assert.deepEqual(readdirSync(folder), []);
});

test("FileSink() takes nothing after close, and an abort then changes nothing", async () => {
  const path = join(folder, "a.parquet");
  const sink = new FileSink(path);
  await sink.close();
  await assert.rejects(sink.write(bytes(1)), WriterStateError);
  await assert.rejects(sink.close(), WriterStateError);
  await sink.abort();
  assert.deepEqual(readdirSync(folder), ["a.parquet"]);
});

test("FileSink() refuses what is not a file, and a file where it must not overwrite", async () => {
  await assert.rejects(new FileSink(folder).write(bytes(1)), TypeError);
  const path = join(folder, "a.parquet");
  writeFileSync(path, "before");
  await assert.rejects(new FileSink(path, { overwrite: false }).write(bytes(1)), TypeError);
  assert.throws(() => new FileSink(""), TypeError);
  assert.throws(() => new FileSink(`${path}/`), TypeError);
  assert.throws(() => new FileSink(new URL("https://example.org/a")), TypeError);
  assert.equal(readFileSync(path, "utf8"), "before");
});

for (
  const [how, files] of [
    ["", fileSystem],
    [" where there are no hard links", { ...fileSystem, renameToFree: claimAndRename }],
  ] as const
) {
  test(`FileSink() that must not overwrite fails when a file comes in between${how}`, async () => {
    const path = join(folder, "a.parquet");
    const sink = new FileSink(path, { overwrite: false }, files);
    await sink.write(bytes(1));
    writeFileSync(path, "came in between");
    await assert.rejects(sink.close(), TypeError);
    assert.deepEqual(readdirSync(folder), ["a.parquet"]);
    assert.equal(readFileSync(path, "utf8"), "came in between");
    const other = new FileSink(join(folder, "b.parquet"), { overwrite: false }, files);
    await other.write(bytes(2));
    await other.close();
    assert.deepEqual(readdirSync(folder).sort(), ["a.parquet", "b.parquet"]);
    assert.deepEqual([...readFileSync(join(folder, "b.parquet"))], [2]);
  });
}

test("FileSink() names the path and the reason", async () => {
  const path = join(folder, "missing", "a.parquet");
  await assert.rejects(new FileSink(path).write(bytes(1)), {
    name: "SinkError",
    code: "ENOENT",
    outcome: "failed",
    message: `Cannot write ${path}: there is no folder ${join(folder, "missing")}`,
  });
  assert.equal(existsSync(path), false);
  const file = join(folder, "a.parquet");
  writeFileSync(file, "");
  await assert.rejects(new FileSink(join(file, "b.parquet")).write(bytes(1)), {
    message: `Cannot write ${join(file, "b.parquet")}: a part of the path is not a directory`,
  });
});

test("writeParquet() says what a file sink says, and no more", async () => {
  const table = tableFromArrays({ a: [1] });
  for (
    const [path, text] of [
      [folder, "it is a directory; name a file in it"],
      [join(folder, "no", "a.parquet"), `there is no folder ${join(folder, "no")}`],
    ]
  ) {
    await assert.rejects(writeParquet(table, path!), {
      name: "SinkError",
      outcome: "failed",
      message: `Cannot write ${path}: ${text}`,
    });
  }
});

if (POSIX) {
  test("FileSink() keeps the permissions of the file that it replaces; a new one gets those of the umask", async () => {
    const umask = process.umask(0o027);
    try {
      const path = join(folder, "new.parquet");
      await written(path, 1);
      assert.equal(statSync(path).mode & 0o7777, 0o640);
      for (const mode of [0o600, 0o444, 0o666, 0o755, 0o2664]) {
        chmodSync(path, mode);
        await written(path, 2);
        assert.equal(statSync(path).mode & 0o7777, mode, mode.toString(8));
      }
      const secret = join(folder, "secret.parquet");
      writeFileSync(secret, "");
      chmodSync(secret, 0o604);
      const sink = new FileSink(secret);
      await sink.write(bytes(1));
      const [temporary] = readdirSync(folder).filter((name) => name.endsWith(".tmp"));
      assert.equal(statSync(join(folder, temporary!)).mode & 0o7777, 0o604);
      await sink.abort();
    } finally {
      process.umask(umask);
    }
  });

  test("FileSink() keeps the owner where that is permitted, else takes set-user-ID away", async () => {
    const path = join(folder, "owned.parquet");
    writeFileSync(path, "before");
    if (process.getuid!() === 0) {
      chownSync(path, 12345, 12346);
      chmodSync(path, 0o640);
      await written(path, 1);
      const { uid, gid, mode } = statSync(path);
      assert.deepEqual([uid, gid, mode & 0o7777], [12345, 12346, 0o640]);
    }
    chmodSync(path, 0o6755);
    const foreign: FileSystem = {
      ...fileSystem,
      // A process that is not privileged cannot give its file to an owner that does not exist.
      adopt: (temporary, own, like) =>
        fileSystem.adopt(temporary, own, { ...like, owner: 2 ** 40, group: 2 ** 40 }),
    };
    const sink = new FileSink(path, {}, foreign);
    await sink.close();
    assert.equal(statSync(path).mode & 0o7777, 0o755);
  });

  test("FileSink() follows symbolic links, and writes next to the file that they lead to", async () => {
    const there = join(folder, "there"), here = join(folder, "here");
    mkdirSync(join(there, "deep"), { recursive: true });
    mkdirSync(here);
    writeFileSync(join(there, "real.parquet"), "before");
    symlinkSync("../there/real.parquet", join(here, "relative.parquet"));
    symlinkSync(join(here, "relative.parquet"), join(here, "chain.parquet"));
    // The folder is a link too, and ".." is above what it leads to.
    symlinkSync(join(there, "deep"), join(here, "folder"));
    symlinkSync("folder/../new.parquet", join(here, "dangling.parquet"));
    const cases = [
      ["relative.parquet", "real.parquet"],
      ["chain.parquet", "real.parquet"],
      ["dangling.parquet", "new.parquet"],
    ] as const;
    for (const [index, [link, real]] of cases.entries()) {
      const before = readlinkSync(join(here, link));
      const sink = new FileSink(join(here, link));
      await sink.write(bytes(index));
      assert.equal(readdirSync(there).filter((name) => name.endsWith(".tmp")).length, 1, link);
      await sink.close();
      assert.equal(readlinkSync(join(here, link)), before);
      assert.deepEqual([...readFileSync(join(there, real))], [index], link);
    }
    assert.deepEqual(readdirSync(there).sort(), ["deep", "new.parquet", "real.parquet"]);
    assert.deepEqual(readdirSync(join(there, "deep")), []);
    assert.equal(readdirSync(here).length, 4);
    await assert.rejects(
      new FileSink(join(here, "dangling.parquet"), { overwrite: false }).write(bytes(1)),
      TypeError,
    );
  });

  test("FileSink() says that links lead in a circle, or into a folder that is missing", async () => {
    symlinkSync("b", join(folder, "a"));
    symlinkSync("a", join(folder, "b"));
    symlinkSync("a", join(folder, "c"));
    for (const name of ["a", "c"]) {
      await assert.rejects(new FileSink(join(folder, name)).write(bytes(1)), {
        code: "ELOOP",
        message: `Cannot write ${join(folder, name)}: too many symbolic links`,
      });
    }
    symlinkSync("nowhere/x", join(folder, "d"));
    await assert.rejects(new FileSink(join(folder, "d")).write(bytes(1)), { code: "ENOENT" });
    assert.equal(readdirSync(folder).length, 4);
  });

  test("FileSink() replaces one name of a file that has several", async () => {
    const path = join(folder, "a.parquet"), other = join(folder, "b.parquet");
    writeFileSync(path, "before");
    linkSync(path, other);
    await written(path, 1);
    assert.equal(readFileSync(other, "utf8"), "before");
    assert.deepEqual([...readFileSync(path)], [1]);
  });

  test("FileSink() takes names of 255 bytes", async () => {
    for (const name of ["x".repeat(255), "é".repeat(127) + "x", "🦆".repeat(63) + "abc"]) {
      assert.equal(new TextEncoder().encode(name).length, 255);
      for (const value of [1, 2]) {
        await written(join(folder, name), value);
        assert.deepEqual([...readFileSync(join(folder, name))], [value]);
      }
    }
    assert.equal(readdirSync(folder).length, 3);
    await assert.rejects(new FileSink(join(folder, "x".repeat(256))).write(bytes(1)), {
      code: "ENAMETOOLONG",
      message: /: the name is too long$/,
    });
  });
}

test("temporaryName() is hidden, recognisable, and no longer than the target's name may be", () => {
  assert.equal(temporaryName("out.parquet", "abc"), ".out.parquet.abc.tmp");
  for (let length = 1; length <= 255; length++) {
    for (const character of ["x", "é", "€", "🦆"]) {
      const name = character.repeat(Math.ceil(length / 4));
      const bytesOf = (text: string) => new TextEncoder().encode(text).length;
      const temporary = temporaryName(name, "0123456789");
      assert.ok(bytesOf(temporary) <= Math.max(bytesOf(name), 128), temporary);
      assert.match(temporary, /^\..+\.0123456789\.tmp$/u);
      assert.ok(name.startsWith(temporary.slice(1, -15)));
      assert.equal(temporary.isWellFormed(), true);
    }
  }
});

/** Open files of this process, where the platform tells. */
function openFiles(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}

/** A file system that calls back before and after each of its steps. */
function watched(step: (name: string, isBefore: boolean) => void): FileSystem {
  const watch =
    <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      step(name, true);
      const result = await call(...args);
      step(name, false);
      return result;
    };
  return {
    resolveLinks: watch("resolveLinks", fileSystem.resolveLinks),
    facts: watch("facts", fileSystem.facts),
    create: watch("create", async (path, mode) => {
      const file = await fileSystem.create(path, mode);
      const watchedFile: WritableFile = {
        write: watch(
          "write",
          (part) => file.write(part.subarray(0, Math.max(1, part.length >> 1))),
        ),
        sync: watch("sync", () => file.sync()),
        close: watch("close", () => file.close()),
      };
      return watchedFile;
    }),
    adopt: watch("adopt", fileSystem.adopt),
    rename: watch("rename", fileSystem.rename),
    renameToFree: watch("renameToFree", fileSystem.renameToFree),
    remove: fileSystem.remove,
    syncFolder: watch("syncFolder", fileSystem.syncFolder),
  };
}

/** The steps of a file of two writes. */
async function stepsOf(path: string): Promise<string[]> {
  const steps: string[] = [];
  const files = watched((name, isBefore) =>
    void steps.push(`${isBefore ? "before" : "after"} ${name}`)
  );
  const sink = new FileSink(path, {}, files);
  await sink.write(bytes(1, 2, 3, 4));
  await sink.write(bytes(5));
  await sink.close();
  return steps;
}

for (const replaced of [false, true]) {
  const what = replaced ? "a file that is replaced" : "a new file";

  test(`FileSink() leaves nothing behind when any step fails: ${what}`, async () => {
    const path = join(folder, "a.parquet");
    if (replaced) writeFileSync(path, "before");
    const steps = await stepsOf(path);
    assert.ok(steps.length > 20);
    const open = openFiles();
    for (const [index, step] of steps.entries()) {
      // A file that was created, but not handed out, nobody could close.
      if (step === "after create") continue;
      rmSync(path, { force: true });
      if (replaced) writeFileSync(path, "before");
      let at = 0;
      const files = watched(() => {
        if (at++ === index) throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
      });
      const sink = new FileSink(path, {}, files);
      let failure: unknown = null;
      try {
        await sink.write(bytes(1, 2, 3, 4));
        await sink.write(bytes(5));
        await sink.close();
      } catch (error) {
        failure = error;
        if (!sink.committed) await assert.rejects(sink.close(), WriterStateError);
      }
      // As a writer does after a failed write.
      await sink.abort();
      const names = readdirSync(folder);
      if (sink.committed) {
        assert.match(step, /syncFolder|after rename$/);
        assert.deepEqual([names, [...readFileSync(path)]], [["a.parquet"], [1, 2, 3, 4, 5]], step);
        assert.equal((failure as SinkError | null)?.outcome ?? "unknown", "unknown");
      } else {
        assert.ok(failure instanceof SinkError, `${step}: ${failure}`);
        assert.equal(failure.outcome, "failed");
        assert.equal(failure.message, `Cannot write ${path}: ${failureText(step)}`);
        assert.deepEqual(names, replaced ? ["a.parquet"] : [], step);
        if (replaced) assert.equal(readFileSync(path, "utf8"), "before", step);
      }
      assert.equal(openFiles(), open, step);
      assert.deepEqual(pending(), [], step);
    }
  });

  test(`FileSink() aborted at any step leaves the old file or, having closed, the new one: ${what}`, async () => {
    const path = join(folder, "a.parquet");
    if (replaced) writeFileSync(path, "before");
    const steps = await stepsOf(path);
    const open = openFiles();
    let committed = 0;
    for (const [index, step] of steps.entries()) {
      rmSync(path, { force: true });
      if (replaced) writeFileSync(path, "before");
      let at = 0, aborted: Promise<void> | null = null;
      const after: string[] = [];
      const files = watched((name, isBefore) => {
        if (aborted !== null && isBefore) after.push(name);
        if (at++ === index) aborted = sink.abort();
      });
      const sink: FileSink = new FileSink(path, {}, files);
      let failure: unknown = null;
      try {
        await sink.write(bytes(1, 2, 3, 4));
        await sink.write(bytes(5));
        await sink.close();
      } catch (error) {
        failure = error;
      }
      await aborted;
      if (failure === null) {
        committed++;
        assert.match(step, /rename|syncFolder/);
        assert.deepEqual([...readFileSync(path)], [1, 2, 3, 4, 5], step);
      } else {
        assert.ok(
          failure instanceof AbortError || failure instanceof WriterStateError,
          `${step}: ${failure}`,
        );
        assert.deepEqual(after.filter((name) => name !== "close"), [], step);
        if (replaced) assert.equal(readFileSync(path, "utf8"), "before", step);
        else assert.equal(existsSync(path), false, step);
      }
      assert.equal(sink.committed, failure === null);
      assert.deepEqual(readdirSync(folder).filter((name) => name !== "a.parquet"), [], step);
      assert.equal(openFiles(), open, step);
    }
    assert.equal(committed, steps.filter((step) => /rename|syncFolder/.test(step)).length);
  });
}

/** What is said when a step fails. */
function failureText(step: string): string {
  const text = "input/output error of the device";
  return step.endsWith(" create")
    ? `cannot create a temporary file in the folder ${folder}: ${text}`
    : text;
}

test("FileSink() aborted at random moments: the target is what it was, or the sink has closed", async () => {
  const path = join(folder, "a.parquet");
  const open = openFiles();
  let closed = 0;
  for (let run = 0; run < 200; run++) {
    writeFileSync(path, "before");
    const sink = new FileSink(path);
    const writing = (async () => {
      await sink.write(new Uint8Array(1000).fill(7));
      await sink.write(new Uint8Array(1000).fill(7));
      await sink.close();
    })();
    writing.catch(() => {});
    for (let turn = 0; turn < run % 40; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await sink.abort();
    const done = await writing.then(() => true, () => false);
    if (done) closed++;
    const content = readFileSync(path);
    if (done) assert.ok(content.length === 2000 && content.every((byte) => byte === 7));
    else assert.equal(content.toString(), "before");
    assert.deepEqual(readdirSync(folder), ["a.parquet"]);
  }
  assert.equal(openFiles(), open);
  assert.ok(closed > 0 && closed < 200, `${closed} of 200`);
});

test("FileSink() says that a rename whose answer was lost has happened", async () => {
  for (const overwrite of [true, false]) {
    const path = join(folder, `${overwrite}.parquet`);
    const lost = async (from: string, to: string) => {
      if (overwrite) await fileSystem.rename(from, to);
      else linkSync(from, to);
      throw Object.assign(new Error("lost"), { code: overwrite ? "ENOENT" : "EEXIST" });
    };
    const files = { ...fileSystem, rename: lost, renameToFree: lost };
    const sink = new FileSink(path, { overwrite }, files);
    await sink.write(bytes(9));
    await sink.close();
    assert.deepEqual([...readFileSync(path)], [9]);
  }
  assert.equal(readdirSync(folder).length, 2);
});

test("FileSink() waits in abort for the write under way, however large, only until its current step", async () => {
  let writes = 0;
  const files: FileSystem = {
    ...fileSystem,
    create: async (path, mode) => {
      const file = await fileSystem.create(path, mode);
      return {
        write: async (part) => {
          writes++;
          if (writes === 2) void sink.abort();
          return await file.write(part);
        },
        sync: () => file.sync(),
        close: () => file.close(),
      };
    },
  };
  const sink = new FileSink(join(folder, "a.parquet"), {}, files);
  await assert.rejects(sink.write(new Uint8Array(64 * 1024 * 1024)), AbortError);
  await sink.abort();
  assert.equal(writes, 2);
  assert.deepEqual(readdirSync(folder), []);
});
