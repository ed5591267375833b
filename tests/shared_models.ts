// @ts-types="./declarations/path.d.ts"
import { dirname, fromFileUrl, join } from "@std/path";

/**
 * The folder of the model `name` in `shared/models`, which lies beside the project, or beside a folder
 * that the project is in, where it is present at all: what needs it skips, visibly, where it is not.
 */
export function sharedModel(name: string): string | undefined {
  const project = fromFileUrl(new URL("../", import.meta.url));
  for (let folder = dirname(project); dirname(folder) !== folder; folder = dirname(folder)) {
    const model = join(folder, "shared", "models", name);
    try {
      if (Deno.statSync(join(model, "config.json")).isFile) return model;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
        throw error;
      }
    }
  }
}
