/** The fields of a sample whose other fields do not matter. */
export type SampleFields = Readonly<Record<string, string>> & { readonly cell: string };

const fields: Readonly<Record<string, string>> = {
  cell: "",
  prompt: "p",
  draw: "0",
  sample: "0",
  decoding: "0",
  continuation: "xy",
  text: "",
  tokens: "2",
  choices: "3",
  stop: "eos",
  log_prob: "-2.000000",
  warped_log_prob: "-2.000000",
  target_calls: "3",
  draft_calls: "0",
  proposed: "0",
  tested: "0",
  accepted: "0",
  overlap: "",
  resampled: "0",
  bonus: "0",
  novel: "1",
  held_out: "0",
};

/** `samples.csv` with these samples. */
export function samplesCsv(samples: readonly SampleFields[]): string {
  const rows = samples.map((own) => {
    const row = { ...fields, ...own };
    const all = { ...row, text: `${row["prompt"]}${row["continuation"]}` };
    return Object.values(all).map((value) => /[",\n]/.test(value) ? JSON.stringify(value) : value);
  });
  return [Object.keys(fields), ...rows].map((row) => `${row.join(",")}\r\n`).join("");
}
