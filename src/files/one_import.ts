let last: Promise<unknown> = Promise.resolve();

/**
 * Loads a module that is heavy and seldom needed, by a dynamic import, after those before it: Deno
 * 2.9.6 panics now and then (`RefCell already borrowed`) where an import begins while another one of
 * the same thread is still loading. Ask for each module once, and keep the promise.
 */
export function importInTurn<Module>(load: () => Promise<Module>): Promise<Module> {
  const loaded = last.then(load);
  // Who waits for it hears of a failure.
  last = loaded.catch(() => {});
  return loaded;
}
