// The state: see ../content_chunker_state.ts.
const DUE: usize = 4;
const BYTES: usize = 8;
const MIN: usize = 16;
const MIDDLE: usize = 24;
const MAX: usize = 32;
const RARE: usize = 40;
const LIKELY: usize = 48;
const ROW: usize = 56;

export function contentBoundary(
  state: usize,
  rep: usize,
  def: usize,
  n: u32,
  maxDef: u32,
  hashes: usize,
  sizes: usize,
  width: u32,
  result: usize,
): void {
  const min = load<f64>(state, MIN);
  const middle = load<f64>(state, MIDDLE);
  const max = load<f64>(state, MAX);
  const rare = load<f64>(state, RARE);
  const likely = load<f64>(state, LIKELY);
  const row = load<f64>(state, ROW);
  const levelBytes: u32 = u32(rep != 0) + u32(def != 0);
  let hash = load<u32>(state);
  let due = load<u32>(state, DUE);
  let bytes = load<f64>(state, BYTES);
  let values: u32 = 0;
  let cut: u32 = 0;
  let i: u32 = 0;
  for (; i < n; i++) {
    const repetition: u32 = rep == 0 ? 0 : load<u8>(rep + i);
    if (due != 0 && repetition == 0) {
      due = 0;
      bytes = 0;
      cut = 1;
      break;
    }
    const definition: u32 = def == 0 ? maxDef : load<u8>(def + i);
    let mixed: u32 = ((repetition << 8) | definition) * 0x9e3779b1;
    let size = levelBytes;
    if (definition == maxDef) {
      mixed ^= load<u32>(hashes + (<usize>values << 2));
      size += sizes == 0 ? width : load<u32>(sizes + (<usize>values << 2));
      values++;
    }
    hash = (hash << 1) + mixed;
    let counted = <f64>size;
    if (repetition == 0 && counted < row) counted = row;
    bytes += counted;
    if (bytes >= min) {
      if (bytes >= max || <f64>hash < counted * (bytes < middle ? rare : likely)) due = 1;
    }
  }
  store<u32>(state, hash);
  store<u32>(state, due, DUE);
  store<f64>(state, bytes, BYTES);
  store<u32>(result, i);
  store<u32>(result, values, 4);
  store<u32>(result, cut, 8);
}
