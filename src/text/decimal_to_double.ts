/**
 * Decimal texts to the nearest doubles.
 *
 * @see https://csclub.uwaterloo.ca/~pbarfuss/dekker1971.pdf T. J. Dekker, A floating-point technique for extending the available precision
 * @module
 */

const MINUS = 45, PLUS = 43, POINT = 46, ZERO = 48;
/** Powers of ten that are doubles. */
const POWERS = Array.from({ length: 23 }, (_, i) => 10 ** i);
const MAX_POWER = 22;
/** Digits that are added up in 32 bits, and that a double holds. */
const PART_DIGITS = 9, EXACT_DIGITS = 15;
/** Relative error of a quotient or product of two double-doubles, with room to spare. */
const ERROR = 2 ** -98;
/** What splits a double into two halves of 26 bits. */
const SPLITTER = 2 ** 27 + 1;

/**
 * The double that is nearest to the number `bytes[from…to − 1]`, ties to even.
 *
 * @returns NaN where the text is none, or one for which this has no quick way: NaN never means a number.
 */
export function decimalToDouble(bytes: Uint8Array, from: number, to: number): number {
  let at = from, high = 0, low = 0, digits = 0, point = -1;
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at++;
  const first = at;
  // Zeros at the front are no digits.
  while (at < to && bytes[at] === ZERO) at++;
  if (at < to && bytes[at] === POINT) {
    point = at++;
    while (at < to && bytes[at] === ZERO) at++;
  }
  for (; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >>> 0 <= 9) {
      if (digits < PART_DIGITS) high = high * 10 + digit | 0;
      else if (digits < 2 * PART_DIGITS) low = low * 10 + digit | 0;
      digits++;
    } else if (digit === POINT - ZERO && point < 0) point = at;
    else break;
  }
  const length = at - first;
  if (length === 0 || (length === 1 && point >= 0) || digits > 2 * PART_DIGITS) return NaN;
  let exponent = point < 0 ? 0 : point + 1 - at;
  if (at < to) {
    const written = exponentOf(bytes, at, to);
    if (written !== written) return NaN;
    exponent += written;
  }
  if (digits === 0) return isNegative ? -0 : 0;
  if (exponent < -MAX_POWER || exponent > MAX_POWER) return NaN;
  let value: number = high;
  if (digits <= EXACT_DIGITS) {
    if (digits > PART_DIGITS) value = high * POWERS[digits - PART_DIGITS]! + low;
    // One rounding of what is exact.
    if (exponent < 0) value /= POWERS[-exponent]!;
    else if (exponent > 0) value *= POWERS[exponent]!;
  } else {
    value = scaled(high, POWERS[digits - PART_DIGITS]!, low, exponent);
  }
  return isNegative ? -value : value;
}

/** The number after an `e`; NaN where there is none. */
function exponentOf(bytes: Uint8Array, at: number, to: number): number {
  if ((bytes[at]! | 32) !== 101) return NaN;
  at++;
  const isNegative = bytes[at] === MINUS;
  if (isNegative || bytes[at] === PLUS) at++;
  if (at >= to || to - at > 3) return NaN;
  let value = 0;
  for (; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >>> 0 > 9) return NaN;
    value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}

/** (high × factor + low) × 10^exponent; NaN where what is known does not tell the nearest double. */
function scaled(high: number, factor: number, low: number, exponent: number): number {
  // The significand, as the sum of two doubles: that of the product, which is exact, and low.
  const product = high * factor;
  const rest = productError(high, factor, product) + low;
  const head = product + rest;
  const tail = rest - (head - product);
  let result: number, correction: number;
  if (exponent === 0) {
    result = head;
    correction = tail;
  } else if (exponent > 0) {
    const power = POWERS[exponent]!;
    result = head * power;
    correction = productError(head, power, result) + tail * power;
  } else {
    const power = POWERS[-exponent]!;
    result = head / power;
    const back = result * power;
    correction = (head - back - productError(result, power, back) + tail) / power;
  }
  const nearest = result + correction;
  const left = correction - (nearest - result);
  const error = nearest * ERROR;
  // Within the error on both sides the same double is the nearest.
  return nearest + (left + error) === nearest && nearest + (left - error) === nearest
    ? nearest
    : NaN;
}

/** What the product of two doubles lost when it was rounded to `product`. */
function productError(a: number, b: number, product: number): number {
  const wideA = SPLITTER * a, wideB = SPLITTER * b;
  const highA = wideA - (wideA - a), highB = wideB - (wideB - b);
  const lowA = a - highA, lowB = b - highB;
  return lowA * lowB - (((product - highA * highB) - lowA * highB) - highA * lowB);
}
