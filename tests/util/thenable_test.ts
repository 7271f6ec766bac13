import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { callAndForget, promiseOf } from "../../src/util/thenable.ts";

test("promiseOf() knows what has a callable then, and nothing else", () => {
  for (const value of [undefined, null, 0, "then", true, {}, { then: 1 }, [], () => {}]) {
    assert.equal(promiseOf(value), undefined);
  }
  const callable = Object.assign(() => {}, {
    then: (resolve: (value: number) => void) => resolve(1),
  });
  assert.ok(promiseOf(callable as unknown) instanceof Promise);
});

test("promiseOf() follows promises of another realm", async () => {
  const foreign = runInNewContext("Promise.resolve(7)") as Promise<number>;
  assert.equal(await promiseOf(foreign), 7);
  const rejected = runInNewContext("Promise.reject(new Error('foreign'))") as Promise<number>;
  await assert.rejects(promiseOf(rejected)!, { message: "foreign" });
});

test("promiseOf() takes the first settlement of a thenable, whatever its then returns or throws", async () => {
  const failure = new Error("then");
  // deno-lint-ignore no-explicit-any
  const thenable = (then: (resolve: any, reject: any) => void) =>
    promiseOf<unknown>({ then } as never);
  assert.equal(await thenable((resolve) => void resolve(1)), 1);
  await assert.rejects(thenable((_, reject) => void reject(failure))!, failure);
  const twice = thenable((resolve, reject) => {
    reject(failure);
    resolve(1);
    reject(new Error("another"));
    throw new Error("at last");
  });
  await assert.rejects(twice!, failure);
  await assert.rejects(
    thenable(() => {
      throw failure;
    })!,
    failure,
  );
});

test("promiseOf() reads then once; a getter that throws is a rejection", async () => {
  let reads = 0;
  const value = {
    get then() {
      reads++;
      return (resolve: (value: number) => void) => resolve(reads);
    },
  };
  assert.equal(await promiseOf<unknown>(value), 1);
  const failure = new Error("getter");
  const throwing = {
    get then(): unknown {
      throw failure;
    },
  };
  await assert.rejects(promiseOf<unknown>(throwing)!, failure);
});

test("callAndForget() lets no failure through", async () => {
  const calls = [
    () => Promise.reject(new Error("rejected")),
    () => {
      throw new Error("thrown");
    },
    () => runInNewContext("Promise.reject(new Error('foreign'))"),
    () => 7,
  ];
  for (const call of calls) callAndForget(call);
  // An unhandled rejection would fail this test within this turn.
  await new Promise((resolve) => setTimeout(resolve, 0));
});
