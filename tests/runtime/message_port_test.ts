import assert from "node:assert/strict";
import { test } from "node:test";
import { listen } from "../../src/runtime/message_port.ts";
import { runScript } from "../support/subprocess.ts";

test("a thread's first message does not make the runtime load fetch", async () => {
  const script = new URL("message_port_script.ts", import.meta.url);
  const { stdout, stderr } = await runScript(script);
  assert.deepEqual(JSON.parse(stdout || "null"), { answer: { question: 1 }, fetch: [] }, stderr);
});

test("listen() hears messages until it is ended", async () => {
  const { port1, port2 } = new MessageChannel();
  const heard: unknown[] = [];
  const second = new Promise<void>((resolve) => {
    const end = listen(port2, (data) => {
      heard.push(data);
      if (heard.length < 2) return;
      end();
      resolve();
    });
  });
  port1.postMessage(new Uint8Array([1, 2]));
  port1.postMessage({ a: 1n });
  await second;
  port1.postMessage("after the end");
  await new Promise((resolve) => setTimeout(resolve, 20));
  port1.close();
  port2.close();
  assert.deepEqual(heard, [new Uint8Array([1, 2]), { a: 1n }]);
});
