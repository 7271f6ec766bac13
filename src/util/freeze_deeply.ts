/** @module Plain data that never changes again. */

/** Freezes plain data and all that it is made of. What is frozen already is taken to be so in all its depth. Returns it. */
export function freezeDeeply<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freezeDeeply(part);
  return value;
}
