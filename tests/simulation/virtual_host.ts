/** The shipped encoder host, with an eye on its encoders, and faults before they get to work. */

import { ColumnChunkEncoder } from "../../src/column/column_chunk_encoder.ts";
import { EncoderHost } from "../../src/executor/encoder_host.ts";
import { compileKernels, createKernels } from "../../src/kernels/load_kernels.ts";
import { movingKernels } from "../support/moving_kernels.ts";

/** Called before things happen; may throw. */
export interface HostEvents {
  append(): void;
  allocate(): void;
}

let module: WebAssembly.Module | undefined;

/** An encoder host. */
export class VirtualHost {
  readonly host: EncoderHost;
  /** Encoders that were begun and neither finished nor disposed of. */
  readonly encoders = new Set<ColumnChunkEncoder>();

  constructor(events: HostEvents, movingMemory: boolean) {
    const kernels = movingMemory
      ? movingKernels()
      : createKernels("wasm", module ??= compileKernels());
    const { memory } = kernels;
    const allocate = memory.allocate.bind(memory);
    memory.allocate = (byteLength) => {
      events.allocate();
      return allocate(byteLength);
    };
    this.host = new EncoderHost(kernels, (kernels, plan, compressor) => {
      const encoder = new ColumnChunkEncoder(kernels, plan, compressor);
      this.encoders.add(encoder);
      const { begin, finish, dispose } = encoder;
      encoder.begin = (segment) => {
        events.append();
        begin.call(encoder, segment);
      };
      encoder.finish = () => {
        const chunk = finish.call(encoder);
        this.encoders.delete(encoder);
        return chunk;
      };
      encoder.dispose = () => {
        dispose.call(encoder);
        this.encoders.delete(encoder);
      };
      return encoder;
    });
  }

  /** Bytes of its kernel memory. */
  get kernelBytes(): number {
    return this.host.kernelBytes;
  }

  /** What is left in it, once no writer is; a broken host cannot be tidied, and is not used again. */
  get left(): number {
    return this.host.broken === null ? this.encoders.size : 0;
  }
}
