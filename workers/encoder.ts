/**
 * The encoder worker's entry. `workers/build.mjs` bundles it into `src/executor/encoder_worker.generated.ts`.
 *
 * @module
 */

import { EncoderHost } from "../src/executor/encoder_host.ts";
import { serveEncoder } from "../src/executor/encoder_worker.ts";
import type { WorkerRequest } from "../src/executor/messages.ts";
import { createKernels } from "../src/kernels/load_kernels.ts";
import { ownerPort } from "../src/runtime/worker_port.ts";

const port = ownerPort();
if (port !== null) {
  const serve = serveEncoder(
    port,
    ({ kernels }) => new EncoderHost(createKernels(kernels === null ? "typescript" : "wasm")),
  );
  // `onmessage`, not `on("message")`: in Deno the latter walks every element of a typed array.
  port.onmessage = (event: MessageEvent<WorkerRequest>) => serve(event.data);
}
