/**
 * Arrow data types as plain data, free of any Arrow library.
 *
 * Terms and parameters are those of the Arrow columnar format (`Schema.fbs`).
 *
 * @module
 */

/** Unit of a time, timestamp or duration. */
export type TimeUnit = "second" | "millisecond" | "microsecond" | "nanosecond";

/** Arrow integer type. */
export interface IntType {
  /** Marks an integer type. */
  readonly kind: "int";
  /** Bits of a value. */
  readonly bitWidth: 8 | 16 | 32 | 64;
  /** Whether values may be negative. */
  readonly signed: boolean;
}

/** An Arrow data type. */
export type ArrowType =
  | { readonly kind: "null" }
  | { readonly kind: "bool" }
  | IntType
  | { readonly kind: "float"; readonly bitWidth: 16 | 32 | 64 }
  | {
    readonly kind: "decimal";
    readonly bitWidth: 32 | 64 | 128 | 256;
    readonly precision: number;
    readonly scale: number;
  }
  | { readonly kind: "date"; readonly unit: "day" | "millisecond" }
  | { readonly kind: "time"; readonly bitWidth: 32 | 64; readonly unit: TimeUnit }
  | { readonly kind: "timestamp"; readonly unit: TimeUnit; readonly timezone: string | null }
  | { readonly kind: "duration"; readonly unit: TimeUnit }
  | { readonly kind: "interval"; readonly unit: "yearMonth" | "dayTime" | "monthDayNano" }
  | { readonly kind: "utf8" | "largeUtf8" | "utf8View" | "binary" | "largeBinary" | "binaryView" }
  | { readonly kind: "fixedSizeBinary"; readonly byteWidth: number }
  | {
    readonly kind: "list" | "largeList" | "listView" | "largeListView";
    readonly child: ArrowField;
  }
  | { readonly kind: "fixedSizeList"; readonly listSize: number; readonly child: ArrowField }
  /** `child` is the non-nullable struct of key and value. */
  | { readonly kind: "map"; readonly keysSorted: boolean; readonly child: ArrowField }
  | { readonly kind: "struct"; readonly children: readonly ArrowField[] }
  | {
    readonly kind: "dictionary";
    readonly index: IntType;
    readonly value: ArrowType;
    readonly ordered: boolean;
  }
  | { readonly kind: "runEndEncoded"; readonly runEnds: ArrowField; readonly values: ArrowField }
  | {
    readonly kind: "union";
    readonly mode: "sparse" | "dense";
    readonly typeIds: readonly number[];
    readonly children: readonly ArrowField[];
  };

/** A named, possibly nullable Arrow type. */
export interface ArrowField {
  /** Name of the field. */
  readonly name: string;
  /** Type of the field. */
  readonly type: ArrowType;
  /** Whether values may be null. */
  readonly nullable: boolean;
  /** Metadata of the field. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** An Arrow schema. */
export interface ArrowSchema {
  /** The columns. */
  readonly fields: readonly ArrowField[];
  /** Metadata of the schema. */
  readonly metadata: ReadonlyMap<string, string>;
}
