// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { shortHost } from "../../src/files/this_process.ts";

Deno.test("shortHost: keeps a short name, and tells long names apart by their ends (32 characters)", () => {
  assertEquals(shortHost("node-7.cluster"), "node-7_cluster");
  const pods = ["x7k2p", "q9b4z"].map((end) =>
    shortHost(`microbeam-seeds-and-sizes-of-names-12-${end}`)
  );
  for (const pod of pods) assertMatch(pod, /^microbeam-seeds-and-si[\w-]*-[0-9a-f]{8}$/);
  assertEquals(pods.map(({ length }) => length), [32, 32]);
  assertNotEquals(pods[0], pods[1]);
});
