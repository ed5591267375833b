/** Whether `stream` is a terminal that obeys escapes, such as those that redraw a line or colour it. */
export function obeysEscapes(stream: { isTerminal(): boolean }): boolean {
  return stream.isTerminal() && Deno.env.get("TERM") !== "dumb";
}
