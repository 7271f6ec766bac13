/**
 * Schemas from the code that makes them, which is read and never run.
 *
 * @module
 */

import { FieldType } from "../rows/field_type.ts";
import { type RowSchema, schema } from "../rows/schema.ts";
import { t } from "../rows/t.ts";
import { nearestNames } from "../util/nearest_names.ts";
import { UsageError } from "./failure.ts";

const TOKEN =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|-?\d+|[\w$]+|[{}()\[\].,:;])/gy;
const METHODS = ["nullable", "metadata", "fieldId"];

/**
 * Reads code such as `schema({ id: t.int64(), name: t.utf8().nullable() })`, or the object in it alone.
 *
 * @throws {UsageError} When it is anything else.
 */
export function parseSchemaCode(code: string): RowSchema {
  const start = code.search(/\bschema\s*\(\s*\{/);
  const reader = new CodeReader(start < 0 ? code : code.slice(start).replace(/^schema\s*\(/, ""));
  const columns = reader.value();
  if (typeof columns !== "object" || columns === null) throw reader.refusal();
  const metadata = reader.take(",") && !reader.isAt(")") ? reader.value() : {};
  try {
    return schema(
      columns as Record<string, FieldType>,
      metadata as Record<string, string>,
    ) as unknown as RowSchema;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

class CodeReader {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(code: string) {
    for (TOKEN.lastIndex = 0; TOKEN.lastIndex < code.length;) {
      const match = TOKEN.exec(code);
      if (match === null) break;
      if (match[1] !== undefined) this.#tokens.push(match[1]);
    }
  }

  isAt(token: string): boolean {
    return this.#tokens[this.#at] === token;
  }

  take(token: string): boolean {
    if (!this.isAt(token)) return false;
    this.#at++;
    return true;
  }

  refusal(): UsageError {
    const near = this.#tokens[this.#at] ?? "the end";
    return new UsageError(
      `Cannot read --schema: expected code such as schema({ id: t.int64() }), near ${near}`,
    );
  }

  #expect(token: string): void {
    if (!this.take(token)) throw this.refusal();
  }

  /** An object, a text, a number, a word, or a type. */
  value(): unknown {
    const token = this.#tokens[this.#at++];
    if (token === "{") return this.#object();
    if (token === "t" && this.take(".")) return this.#type();
    if (token !== undefined && /^["']/.test(token)) return textOf(token);
    if (token !== undefined && /^-?\d+$/.test(token)) return Number(token);
    if (token === "null") return null;
    this.#at--;
    throw this.refusal();
  }

  #object(): Record<string, unknown> {
    const members: [string, unknown][] = [];
    while (!this.take("}")) {
      const bracket = this.take("[");
      const token = this.#tokens[this.#at++];
      if (token === undefined || !/^["'\w$]/.test(token)) throw this.refusal();
      if (bracket) this.#expect("]");
      this.#expect(":");
      members.push([/^["']/.test(token) ? textOf(token) : token, this.value()]);
      if (!this.isAt("}")) this.#expect(",");
    }
    return Object.fromEntries(members);
  }

  #type(): FieldType {
    const name = this.#tokens[this.#at++] ?? "";
    if (!Object.hasOwn(t, name)) throw unknownType(name);
    try {
      let type = (t[name as "int32"] as (...args: unknown[]) => FieldType)(...this.#arguments());
      while (this.take(".")) {
        const method = this.#tokens[this.#at++] ?? "";
        if (!METHODS.includes(method)) throw this.refusal();
        type = (type[method as "nullable"] as (...args: unknown[]) => FieldType).apply(
          type,
          this.#arguments() as [],
        );
      }
      return type;
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError((error as Error).message, { cause: error });
    }
  }

  #arguments(): unknown[] {
    this.#expect("(");
    const values: unknown[] = [];
    while (!this.take(")")) {
      values.push(this.value());
      if (!this.isAt(")")) this.#expect(",");
    }
    return values;
  }
}

function unknownType(name: string): UsageError {
  const near = nearestNames(name, Object.keys(t), 1)[0];
  return new UsageError(
    `Cannot read --schema: there is no type t.${name}${
      near === undefined ? "" : `; did you mean t.${near}?`
    }`,
  );
}

function textOf(token: string): string {
  const inner = token.slice(1, -1);
  return JSON.parse(
    token[0] === '"' ? token : `"${inner.replaceAll("\\'", "'").replaceAll('"', '\\"')}"`,
  );
}
