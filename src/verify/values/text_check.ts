/** @module Whether byte arrays are the text that they should be. */

import { isAscii, isUtf8 } from "../../runtime/text.ts";
import type { DecodedValues } from "../decoded_page.ts";
import type { Report } from "../pages/page_fault.ts";
import { isJson } from "./json_syntax.ts";
import { WrongValues } from "./value_check.ts";

/** Reports values that are not UTF-8. */
export function checkText({ bytes, offsets, count }: DecodedValues, report: Report): void {
  if (offsets === null || isAscii(bytes)) return;
  // All of it at once: where the whole is UTF-8 and no value begins within a character, none ends within one either.
  let isWhole = isUtf8(bytes);
  for (let i = 0; i < count && isWhole; i++) {
    const start = offsets[i]!;
    isWhole = start === bytes.length || (bytes[start]! & 0xc0) !== 0x80;
  }
  if (isWhole) return;
  const wrong = new WrongValues();
  for (let i = 0; i < count; i++) {
    if (!isUtf8(bytes.subarray(offsets[i]!, offsets[i + 1]!))) wrong.add(i);
  }
  wrong.report(report, "text-not-utf8", "is not UTF-8");
}

/** Whether a value is no JSON document. What is not UTF-8 is found elsewhere. */
export function jsonFault(value: Uint8Array): string | null {
  return isJson(value) ? null : "is not JSON";
}
