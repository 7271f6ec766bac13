/** @module How many distinct values a column chunk will have, by those of its first values. */

/** Distinct values expected among n draws from a population of equally likely ones. */
export function expectedDistinct(draws: number, population: number): number {
  if (population === Infinity) return draws;
  return population * -Math.expm1(-draws / population);
}

/** Size of the population from which `distinct` values came in n draws: the inverse of `expectedDistinct`. */
export function estimatePopulation(draws: number, distinct: number): number {
  if (distinct >= draws) return Infinity;
  let low = distinct;
  let high = draws * draws;
  for (let i = 0; i < 60 && high - low > 0.5; i++) {
    const middle = (low + high) / 2;
    if (expectedDistinct(draws, middle) < distinct) low = middle;
    else high = middle;
  }
  return high;
}

/** Draws after which `distinct` values are expected. */
export function valuesToReach(distinct: number, population: number): number {
  if (population === Infinity) return distinct;
  return distinct >= population ? Infinity : -population * Math.log1p(-distinct / population);
}
