/**
 * Dremel's record shredding and assembly, as the paper says it, one value at a time: the oracle of nesting.
 *
 * A record follows its schema: a required node is its value, an optional one its value or `null`, a repeated one the
 * array of its values; the value of a group is the array of its children's.
 *
 * @see https://research.google/pubs/dremel-interactive-analysis-of-web-scale-datasets-2/
 */

/** A node of a schema; a leaf has no children. */
export interface DremelNode {
  readonly repetition: "required" | "optional" | "repeated";
  readonly children: readonly DremelNode[];
}

/** A leaf column: as many levels of both kinds as it has slots, and the values that are present. */
export interface DremelColumn {
  readonly repetitionLevels: number[];
  readonly definitionLevels: number[];
  readonly values: unknown[];
}

/** Leaves below a node, itself included, in the order of the schema. */
export function leavesOf(node: DremelNode): DremelNode[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leavesOf);
}

/** Shreds records of the fields `roots` into one column per leaf. */
export function shred(
  roots: readonly DremelNode[],
  records: readonly (readonly unknown[])[],
): DremelColumn[] {
  const columns = new Map<DremelNode, DremelColumn>(
    roots.flatMap(leavesOf).map((
      leaf,
    ) => [leaf, { repetitionLevels: [], definitionLevels: [], values: [] }]),
  );

  /** Says to every leaf below that there is nothing deeper than `definition`. */
  const absent = (node: DremelNode, repetition: number, definition: number) => {
    for (const leaf of leavesOf(node)) {
      columns.get(leaf)!.repetitionLevels.push(repetition);
      columns.get(leaf)!.definitionLevels.push(definition);
    }
  };

  /** One value of a node that is there. `depth`: repeated nodes down to here. */
  const present = (
    node: DremelNode,
    value: unknown,
    repetition: number,
    definition: number,
    depth: number,
  ) => {
    if (node.children.length === 0) {
      const column = columns.get(node)!;
      column.repetitionLevels.push(repetition);
      column.definitionLevels.push(definition);
      column.values.push(value);
    } else {
      node.children.forEach((child, i) =>
        visit(child, (value as unknown[])[i], repetition, definition, depth)
      );
    }
  };

  const visit = (
    node: DremelNode,
    value: unknown,
    repetition: number,
    definition: number,
    depth: number,
  ) => {
    if (node.repetition === "required") {
      present(node, value, repetition, definition, depth);
    } else if (node.repetition === "optional") {
      if (value === null) absent(node, repetition, definition);
      else present(node, value, repetition, definition + 1, depth);
    } else {
      const items = value as unknown[];
      if (items.length === 0) absent(node, repetition, definition);
      items.forEach((item, i) =>
        present(node, item, i === 0 ? repetition : depth + 1, definition + 1, depth + 1)
      );
    }
  };

  for (const record of records) roots.forEach((root, i) => visit(root, record[i], 0, 0, 0));
  return [...columns.values()];
}

/** Assembles the records that were shredded into `columns`; throws where these contradict each other. */
export function assemble(
  roots: readonly DremelNode[],
  columns: readonly DremelColumn[],
): unknown[][] {
  const leaves = roots.flatMap(leavesOf);
  if (leaves.length !== columns.length) throw new Error("One column per leaf is needed");
  const cursors = new Map(
    leaves.map((leaf, i) => [leaf, { column: columns[i]!, slot: 0, value: 0 }]),
  );

  const first = (node: DremelNode) => cursors.get(leavesOf(node)[0]!)!;
  const definitionAt = (node: DremelNode) => {
    const { column, slot } = first(node);
    const level = column.definitionLevels[slot];
    if (level === undefined) throw new Error("A column ends too early");
    return level;
  };

  /** Steps over the one slot that stands for "nothing deeper than this" in every leaf below. */
  const skip = (node: DremelNode) => {
    const level = definitionAt(node);
    for (const leaf of leavesOf(node)) {
      const cursor = cursors.get(leaf)!;
      if (cursor.column.definitionLevels[cursor.slot] !== level) {
        throw new Error("Leaves of an absent node differ");
      }
      cursor.slot++;
    }
  };

  const present = (node: DremelNode, definition: number, depth: number): unknown => {
    if (node.children.length > 0) {
      return node.children.map((child) => visit(child, definition, depth));
    }
    const cursor = cursors.get(node)!;
    if (cursor.column.definitionLevels[cursor.slot] !== definition) {
      throw new Error("A value's definition level is not the leaf's");
    }
    if (cursor.value >= cursor.column.values.length) throw new Error("Values are missing");
    cursor.slot++;
    return cursor.column.values[cursor.value++];
  };

  const visit = (node: DremelNode, definition: number, depth: number): unknown => {
    if (node.repetition === "required") return present(node, definition, depth);
    if (definitionAt(node) <= definition) {
      skip(node);
      return node.repetition === "optional" ? null : [];
    }
    if (node.repetition === "optional") return present(node, definition + 1, depth);
    const items: unknown[] = [];
    do {
      items.push(present(node, definition + 1, depth + 1));
    } while (first(node).column.repetitionLevels[first(node).slot] === depth + 1);
    return items;
  };

  const records: unknown[][] = [];
  const more = () =>
    [...cursors.values()].some(({ column, slot }) => slot < column.definitionLevels.length);
  while (more()) {
    for (const { column, slot } of cursors.values()) {
      if (column.repetitionLevels[slot] !== 0) throw new Error("A record starts within another");
    }
    records.push(roots.map((root) => visit(root, 0, 0)));
  }
  for (const { column, value } of cursors.values()) {
    if (value !== column.values.length) throw new Error("Values are left over");
  }
  return records;
}
