/** The names of the files directly in `folder`, sorted; none where there is no such folder. */
export async function fileNames(folder: string): Promise<string[]> {
  return await namesOf(folder, ({ isFile }) => isFile);
}

/** The names of the folders directly in `folder`, sorted; none where there is no such folder. */
export async function folderNames(folder: string): Promise<string[]> {
  return await namesOf(folder, ({ isDirectory }) => isDirectory);
}

/** The names of everything directly in `folder`, sorted; none where there is no such folder. */
export async function entryNames(folder: string): Promise<string[]> {
  return await namesOf(folder, () => true);
}

/** The names of the links directly in `folder`, sorted; none where there is no such folder. */
export async function linkNames(folder: string): Promise<string[]> {
  return await namesOf(folder, ({ isSymlink }) => isSymlink);
}

async function namesOf(
  folder: string,
  isListed: (entry: Deno.DirEntry) => boolean,
): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) if (isListed(entry)) names.push(entry.name);
  } catch (error) {
    const isAbsent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (!isAbsent) throw error;
  }
  return names.sort();
}
