/** @module Changes to Parquet where its structures have members: all else of the file stays in its place. */

import { fieldMutations, type Path, setMember } from "../mutation/field_mutations.ts";
import { type FileModel, type Mutation, putTogether, takeApart } from "../mutation/file_model.ts";
import { changedBytes } from "./byte_mutations.ts";
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
