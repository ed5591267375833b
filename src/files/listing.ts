/** The names of the files directly in `folder`, sorted; none where there is no such folder. */
export async function fileNames(folder: string): Promise<string[]> {
  return await namesOf(folder, ({ isFile }) => isFile);
}

/** The names of the folders directly in `folder`, sorted; none where there is no such folder. */
export async function folderNames(folder: string): Promise<string[]> {
  return await namesOf(folder, ({ isDirectory }) => isDirectory);
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
