/** @module How decoders say what is wrong with a page. */

import type { RuleName } from "../rules.ts";

/** A page that cannot be decoded any further, and the rule that it breaks. Never leaves the chunk's decoder. */
export class PageFault extends Error {
  override readonly name = "PageFault";
  readonly rule: RuleName;

  constructor(rule: RuleName, message: string) {
    super(message);
    this.rule = rule;
  }
}

/** Throws where a page would take more memory than it may. To be called before it is taken. */
export type Admit = (byteLength: number) => void;

/** Takes what is wrong but does not keep a page from being decoded. */
export type Report = (rule: RuleName, message: string) => void;
