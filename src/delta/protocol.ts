/**
 * What a table asks of its writers, and whether this library honours it.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#protocol-evolution
 *
 * @module
 */

import { TableError } from "../util/errors.ts";
import type { MetaDataAction, ProtocolAction } from "./actions.ts";
import { allFields, type DeltaStruct, hasLocalTimestamps } from "./delta_schema.ts";

/** Features that a table may have; what those of them that have rules of their own ask for is checked beside. */
const KNOWN: ReadonlySet<string> = new Set([
  "appendOnly",
  "invariants",
  "checkConstraints",
  "changeDataFeed",
  "generatedColumns",
  "columnMapping",
  "identityColumns",
  "timestampNtz",
  // Ask nothing of who appends and removes files; checkpoints may be classic ones, and keep the domains.
  "domainMetadata",
  "v2Checkpoint",
  "vacuumProtocolCheck",
]);

/** The protocol of a new table. */
export function protocolFor(schema: DeltaStruct): ProtocolAction {
  if (!hasLocalTimestamps(schema)) return { minReaderVersion: 1, minWriterVersion: 2 };
  return {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ["timestampNtz"],
    writerFeatures: ["appendOnly", "invariants", "timestampNtz"],
  };
}

/** Properties that take effect with a feature that new tables do not have. */
const OF_FEATURES =
  /^delta\.(enable(ChangeDataFeed|DeletionVectors|RowTracking|InCommitTimestamps|TypeWidening|IcebergCompatV\d)|feature\..*|constraints\..*|min(Reader|Writer)Version|columnMapping\.mode|checkpointPolicy)$/;
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(["false", "none", "classic"]);

/**
 * Checks the properties of a new table.
 *
 * @throws {TypeError} When one is no text: readers would refuse the log.
 * @throws {TableError} When one needs a feature of the protocol that is not honoured.
 */
export function checkProperties(configuration: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(configuration)) {
    if (typeof value !== "string") {
      throw new TypeError(`Cannot set the property "${key}" of the table: expected a text`);
    }
    if (!OF_FEATURES.test(key) || WITHOUT_EFFECT.has(value)) continue;
    throw new TableError(
      `Cannot make a table with the property ${key}=${value}: it needs a feature that new tables do not have`,
    );
  }
}

/**
 * Checks that rows may be written to a table as this library does it.
 *
 * @param removes Whether files are removed, too.
 * @throws {TableError} When the table has a feature that is not honoured, naming it.
 */
export function checkProtocol(
  protocol: ProtocolAction,
  { configuration, format, schemaString }: MetaDataAction,
  removes: boolean,
): DeltaStruct {
  const { minReaderVersion, minWriterVersion, readerFeatures = [], writerFeatures = [] } = protocol;
  if (minReaderVersion > 3 || minWriterVersion > 7) {
    throw refusal(
      `it needs reader version ${minReaderVersion} and writer version ${minWriterVersion}; 3 and 7 are known`,
    );
  }
  const unknown = [...new Set([...readerFeatures, ...writerFeatures])].filter((name) =>
    !KNOWN.has(name)
  );
  if (unknown.length > 0) {
    throw refusal(`it has features that are not known: ${unknown.join(", ")}`);
  }
  if (format.provider !== "parquet") throw refusal(`its files are ${format.provider}`);
  const mapping = configuration["delta.columnMapping.mode"];
  if (mapping !== undefined && mapping !== "none") {
    throw refusal(`its columns are mapped (columnMapping: ${mapping})`);
  }
  const constraint = Object.keys(configuration).find((key) => key.startsWith("delta.constraints."));
  if (constraint !== undefined) throw refusal(`it has a check constraint: ${constraint}`);
  if (removes && configuration["delta.appendOnly"] === "true") {
    throw refusal("rows can only be appended (delta.appendOnly)");
  }
  const schema = JSON.parse(schemaString) as DeltaStruct;
  for (const { name, metadata } of allFields(schema)) {
    const rule = Object.keys(metadata ?? {}).find((key) =>
      key === "delta.invariants" || key === "delta.generationExpression" ||
      key.startsWith("delta.identity.")
    );
    if (rule !== undefined) throw refusal(`the column "${name}" has ${rule}`);
  }
  return schema;
}

function refusal(state: string): TableError {
  return new TableError(`Cannot write to the table: ${state}`);
}
