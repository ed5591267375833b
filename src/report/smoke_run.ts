/** What the title of a smoke run says after the name: ` (smoke run: …)`; nothing for a whole run. */
export function smokeText(limit: number | undefined): string {
  return limit === undefined
    ? ""
    : ` (smoke run: at most ${limit} training steps, samples and prompts)`;
}
