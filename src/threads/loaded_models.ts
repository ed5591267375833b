import type { LoadedModel } from "../model/engine.ts";

/**
 * The models that a thread has loaded. They outlive the experiment that loaded them where the next one
 * uses them, too: a large model is loaded once, however many runs of a sweep decode with it.
 */
export class LoadedModels {
  readonly #loaded = new Map<string, Promise<LoadedModel>>();

  /** The model called `name`, which `load` makes when it is first asked for. */
  get(name: string, load: () => Promise<LoadedModel>): Promise<LoadedModel> {
    const known = this.#loaded.get(name);
    if (known !== undefined) return known;
    const loaded = load();
    this.#loaded.set(name, loaded);
    // The next task that needs it tries again, and says for itself what is wrong.
    loaded.catch(() => this.#loaded.delete(name));
    return loaded;
  }

  /** Frees all models but those for which `isUsed` holds. */
  keepOnly(isUsed: (name: string) => boolean): void {
    for (const [name, loaded] of this.#loaded) {
      if (isUsed(name)) continue;
      this.#loaded.delete(name);
      loaded.then((model) => model.close(), () => {});
    }
  }

  /** Frees all models. */
  close(): void {
    this.keepOnly(() => false);
  }
}
