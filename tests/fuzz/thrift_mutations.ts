/** @module Changes to Parquet where its structures have members: all else of the file stays in its place. */

import { fieldMutations, type Path, setMember } from "../mutation/field_mutations.ts";
import { type FileModel, type Mutation, putTogether, takeApart } from "../mutation/file_model.ts";
import { changedBytes } from "./byte_mutations.ts";
import { concat, prefixed, run } from "../verify/pages.ts";
import { interestingNumber, type Random } from "./random.ts";

/** A file taken apart, and what can be changed of it. */
interface Parts {
  readonly model: FileModel;
  readonly members: readonly { readonly path: Path; readonly value: unknown }[];
}

const known = new WeakMap<Uint8Array, Parts | null>();

/** `null`: a file that cannot be taken apart. */
function partsOf(file: Uint8Array): Parts | null {
  let parts = known.get(file);
  if (parts !== undefined) return parts;
  try {
    const model = takeApart(file);
    parts = {
      model,
      members: [...fieldMutations(model)].map(({ path, value }) => ({ path, value })),
    };
  } catch {
    parts = null;
  }
  known.set(file, parts);
  return parts;
}

/** Before and after which steps of putting a file together members are changed. */
const STAGES: readonly Mutation["stage"][] = ["pages", "indexes", "metadata"];

/** Changes members of structures, and what pages store; the original stays as it is. */
export function changedStructures(random: Random, file: Uint8Array): Uint8Array {
  const parts = partsOf(file);
  if (parts === null) return changedBytes(random, file);
  const apply = (model: FileModel) => {
    for (let left = 1 + random.below(3); left > 0; left--) {
      if (random.oneIn(3)) changePage(random, model);
      else if (random.oneIn(4)) stretchPage(random, model);
      else changeMember(random, model, random.pick(parts.members));
    }
  };
  try {
    return putTogether(parts.model, { name: "", stage: random.pick(STAGES), apply });
  } catch {
    // Not everything can be written down.
    return changedBytes(random, file);
  }
}

function changePage(random: Random, { chunks }: FileModel): void {
  const pages = chunks.flat().flatMap(({ pages }) => pages);
  if (pages.length === 0) return;
  const page = random.pick(pages);
  // Whether or not the sizes are right, the checksum would hide all else.
  delete page.header.crc;
  page.body = changedBytes(random, page.body);
  page.header.compressedPageSize = page.body.length;
}

/** Makes a page of one run, as long as you like: of levels, of ids. */
function stretchPage(random: Random, { chunks, metadata }: FileModel): void {
  const column = random.below(chunks[0]?.length ?? 0);
  const pages = chunks.flatMap((group) => group[column]?.pages ?? []);
  const page = pages.findLast(({ header }) => header.type !== "DICTIONARY_PAGE");
  if (page === undefined) return;
  const { dataPageHeader, dataPageHeaderV2 } = page.header;
  const count = random.pick([1000, 100_000, 2 ** 20, 2 ** 24, 2 ** 30]);
  const levels = run(random.below(2), count, 1);
  const ids = new Uint8Array([0, ...run(0, count, 0)]);
  const isV2 = dataPageHeaderV2 !== undefined;
  const values = random.oneIn(2) ? ids : new Uint8Array();
  page.body = concat(isV2 ? levels : prefixed(levels), values);
  if (isV2) {
    Object.assign(dataPageHeaderV2, { numValues: count, numRows: count, isCompressed: false });
    dataPageHeaderV2.numNulls = values.length > 0 ? 0 : count;
    dataPageHeaderV2.definitionLevelsByteLength = levels.length;
    dataPageHeaderV2.repetitionLevelsByteLength = 0;
    if (values.length > 0) dataPageHeaderV2.encoding = "RLE_DICTIONARY";
  } else if (dataPageHeader !== undefined) {
    dataPageHeader.numValues = count;
    if (values.length > 0) dataPageHeader.encoding = "RLE_DICTIONARY";
    for (const { columns } of metadata.rowGroups) columns[column]!.metaData.codec = "UNCOMPRESSED";
  }
  page.header.compressedPageSize = page.header.uncompressedPageSize = page.body.length;
  delete page.header.crc;
}

function changeMember(
  random: Random,
  model: FileModel,
  { path, value }: Parts["members"][number],
): void {
  if (path.at(-1) === "body" || path.at(-1) === "bits") return changePage(random, model);
  try {
    const number = typeof value === "number" ? interestingNumber(random, value) : null;
    setMember(model, path, number === null ? structuredClone(value) : Math.trunc(number));
  } catch {
    // An earlier change has taken it away.
  }
}
