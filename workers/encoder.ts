/**
 * The encoder worker's entry. `workers/build.mjs` bundles it into `src/executor/encoder_worker.generated.ts`.
 *
 * @module
 */

import { EncoderHost } from "../src/executor/encoder_host.ts";
import { serveEncoder } from "../src/executor/encoder_worker.ts";
import type { WorkerRequest } from "../src/executor/messages.ts";
import { TypescriptKernels } from "../src/kernels/typescript/typescript_kernels.ts";
import { WasmKernels } from "../src/kernels/wasm_kernels.ts";
import { ownerPort } from "../src/runtime/worker_port.ts";

const port = ownerPort();
if (port !== null) {
  const serve = serveEncoder(
    port,
    ({ kernels }) =>
      new EncoderHost(kernels === null ? new TypescriptKernels() : new WasmKernels(kernels)),
  );
  port.listen((data) => serve(data as WorkerRequest));
}
