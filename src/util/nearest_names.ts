/**
 * Suggestions for misspelt names in error messages.
 *
 * @module
 */

/** Number of insertions, deletions and replacements that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}

/** Names longer than this are not worth a comparison: they would make the message slow, and long. */
const MAX_COMPARED_LENGTH = 100;

/**
 * The candidates that `name` is probably a misspelling of, nearest first.
 *
 * @param name What was given. Letter case does not count as a difference.
 * @param candidates What would have been valid; only the first 2 000 are looked at.
 * @param limit Most names to return.
 * @returns At most `limit` candidates; none when nothing is near.
 */
export function nearestNames(name: string, candidates: Iterable<string>, limit = 3): string[] {
  if (name.length > MAX_COMPARED_LENGTH) return [];
  const wanted = name.toLowerCase();
  const tolerance = Math.max(1, Math.floor(wanted.length / 3));
  const near: { candidate: string; distance: number }[] = [];
  let seen = 0;
  for (const candidate of candidates) {
    if (++seen > 2000) break;
    if (candidate.length > MAX_COMPARED_LENGTH) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance <= tolerance) near.push({ candidate, distance });
  }
  near.sort((a, b) => a.distance - b.distance);
  return near.slice(0, limit).map((entry) => entry.candidate);
}
