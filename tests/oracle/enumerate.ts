/** Every record of a schema up to a size: exhaustive input for what deals with nesting. */

import type { DremelNode } from "./dremel.ts";

/** A leaf's value, different for every one that is enumerated next to it. */
export type LeafValue = number;

/**
 * Every value of `node` whose arrays have `size` items and nulls all together, at the most.
 *
 * Leaves hold 0: {@linkcode numbered} tells them apart.
 */
export function enumerate(node: DremelNode, size: number): unknown[] {
  return sized(node, size).map(({ value }) => value);
}

interface Sized {
  readonly value: unknown;
  readonly size: number;
}

function sized(node: DremelNode, size: number): Sized[] {
  const inner = (left: number): Sized[] =>
    node.children.length === 0 ? [{ value: 0, size: 0 }] : groups(node.children, left);
  if (node.repetition === "required") return inner(size);
  if (node.repetition === "optional") return [{ value: null, size: 0 }, ...inner(size)];
  return lists(inner, size);
}

/** Every choice of one value per child. */
function groups(children: readonly DremelNode[], size: number): Sized[] {
  const [head, ...tail] = children;
  if (head === undefined) return [{ value: [], size: 0 }];
  return sized(head, size).flatMap((first) =>
    groups(tail, size - first.size).map((rest) => ({
      value: [first.value, ...rest.value as unknown[]],
      size: first.size + rest.size,
    }))
  );
}

/** Every list of items, each of which counts 1 beside what is in it. */
function lists(items: (left: number) => Sized[], size: number): Sized[] {
  const found: Sized[] = [{ value: [], size: 0 }];
  if (size === 0) return found;
  for (const first of items(size - 1)) {
    for (const rest of lists(items, size - 1 - first.size)) {
      found.push({
        value: [first.value, ...rest.value as unknown[]],
        size: 1 + first.size + rest.size,
      });
    }
  }
  return found;
}

/** The same records, their leaves numbered in order, so that no two values are the same. */
export function numbered(records: readonly unknown[]): unknown[] {
  let next = 0;
  const visit = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(visit) : value === null ? null : next++;
  return records.map(visit);
}
