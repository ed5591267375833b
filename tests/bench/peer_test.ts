// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { Peer, PeerAbsentError } from "./peer.ts";

const script = (code: string): { program: string; args: string[] } => ({
  program: "deno",
  args: ["eval", "-q", code],
});

/** Answers each line with what it was asked, once it has introduced itself. */
const ECHO = `
  console.log('{"name":"echo","version":"1","threads":1}');
  let line = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    line += text;
    if (line.endsWith("\\n")) console.log(line.trimEnd());
    if (line.endsWith("\\n")) line = "";
  }
`;

Deno.test("Peer: introduces itself, answers a line with a line, ends when it is closed", async () => {
  const peer = await Peer.start(script(ECHO));
  assertEquals(peer.introduction, { name: "echo", version: "1", threads: 1 });
  assertEquals(await peer.ask({ text: "äö" }), { text: "äö" });
  const long = "x".repeat(300_000);
  assertEquals(await peer.ask({ long }), { long });
  assertEquals(await peer.askNumber({ units: 3 }, "units"), 3);
  await assertRejects(() => peer.askNumber({ units: "3" }, "units"), TypeError, 'got "3"');
  await peer.close();
});

Deno.test("Peer.start(): a program that is not there is a peer that is absent", async () => {
  const start = Peer.start({ program: "no-such-program", args: [] });
  await assertRejects(() => start, PeerAbsentError, "there is no no-such-program");
});

Deno.test("Peer.start(): exit code 3 says that the library is absent", async () => {
  await assertRejects(() => Peer.start(script("Deno.exit(3)")), PeerAbsentError);
});

Deno.test("Peer.start(): a peer that breaks is an error, not an absence", async () => {
  await assertRejects(() => Peer.start(script("Deno.exit(1)")), Error, "exit code 1");
});

Deno.test("Peer: one that ends in the middle is an error", async () => {
  const peer = await Peer.start(script(`console.log('{"name":"brief"}')`));
  await assertRejects(() => peer.ask({}), Error);
  await peer.close();
});
