import assert from "node:assert/strict";
import { test } from "node:test";
import { fromErrorRecord, toErrorRecord } from "../../src/executor/error_record.ts";
import {
  FormatError,
  InvalidBatchError,
  LimitError,
  ParquetError,
  SchemaError,
  WorkerError,
} from "../../src/util/errors.ts";

test("errors of the library come back as the same class with the same members", () => {
  const cause = new RangeError("deep");
  const errors: Error[] = [
    new ParquetError("a", { cause }),
    new FormatError("b"),
    new SchemaError("x.y", "c", { cause }),
    new InvalidBatchError("x.y", 7, "d"),
    new LimitError("x", 9, "e"),
    new WorkerError("f", { rowGroup: 3, column: "x", cause }),
    new TypeError("g"),
    new RangeError("h"),
  ];
  for (const error of errors) {
    const back = fromErrorRecord(structuredClone(toErrorRecord(error)));
    assert.equal(back.constructor, error.constructor);
    assert.equal(back.message, error.message);
    assert.equal(back.name, error.name);
    assert.equal(back.stack, error.stack);
    for (const key of ["path", "row", "rowGroup"] as const) {
      assert.equal(Reflect.get(back, key), Reflect.get(error, key), key);
    }
    // Bun puts a `column` of its own on other errors: where in the source they were made.
    if (error instanceof WorkerError) assert.equal((back as WorkerError).column, error.column);
    if (error.cause !== undefined) {
      assert.ok(back.cause instanceof RangeError);
      assert.equal(back.cause.message, "deep");
    }
  }
});

test("unknown errors keep name, message, code; anything may be thrown", () => {
  const odd = Object.assign(new Error("no room"), { name: "SystemError", code: "ENOMEM" });
  const back = fromErrorRecord(toErrorRecord(odd)) as Error & { code: string };
  assert.deepEqual([back.name, back.message, back.code], ["SystemError", "no room", "ENOMEM"]);
  for (const thrown of ["text", null, undefined, 7, {}]) {
    assert.equal(fromErrorRecord(toErrorRecord(thrown)).message, String(thrown));
  }
});

test("a chain of causes that bites its tail comes to an end", () => {
  const error = new Error("round");
  error.cause = error;
  assert.equal(fromErrorRecord(structuredClone(toErrorRecord(error))).message, "round");
});
