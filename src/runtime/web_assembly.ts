/**
 * Whether WebAssembly may be compiled from bytes. Where modules come compiled (`dist/workerd.js`), the build puts another module in the
 * place of this one.
 *
 * @module
 */

let allowed: boolean | null = null;

/**
 * Says whether WebAssembly can be used: a content security policy without `'wasm-unsafe-eval'` forbids it, and edge runtimes do. A
 * module of nothing but its header tells.
 */
export function webAssemblyAllowed(): boolean {
  if (allowed === null) {
    try {
      new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
      allowed = true;
    } catch {
      allowed = false;
    }
  }
  return allowed;
}
