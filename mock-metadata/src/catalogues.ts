import { readdir, readFile } from "node:fs/promises";

const folder = new URL("../catalogues/", import.meta.url);

/** A description that comes with this package. */
export interface Catalogue {
  readonly name: string;
  /** Where it stands, for error messages. */
  readonly file: string;
  readonly text: string;
}

/** The names of the descriptions that come with this package. */
export async function catalogueNames(): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files.flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}

/** Undefined: there is none of this name. */
export async function catalogue(name: string): Promise<Catalogue | undefined> {
  if (!(await catalogueNames()).includes(name)) return undefined;
  const file = `${name}.yaml`;
  return { name, file, text: await readFile(new URL(file, folder), "utf8") };
}
