// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { Message } from "../../../src/model/onnx/protobuf.ts";

/** Messages and their bytes, from protobuf.dev's page on encoding and by its rules. */
const cases: readonly [string, Message, string][] = [
  ["an integer", new Message().integer(1, 150), "08 96 01"],
  ["zero", new Message().integer(2, 0), "10 00"],
  ["an integer of more than 32 bits", new Message().integer(1, 2 ** 40), "08 80 80 80 80 80 20"],
  ["a text", new Message().text(2, "testing"), "12 07 74 65 73 74 69 6e 67"],
  ["a message", new Message().message(3, new Message().integer(1, 150)), "1a 03 08 96 01"],
  ["a number in f32", new Message().float(2, 1), "15 00 00 80 3f"],
  ["bytes of a high field", new Message().bytes(20, Uint8Array.of(7)), "a2 01 01 07"],
  ["two fields", new Message().integer(1, 1).text(2, ""), "08 01 12 00"],
];

for (const [what, message, expected] of cases) {
  Deno.test(`Message: ${what} is ${expected}`, () => {
    const hex = [...message.encoded()].map((byte) => byte.toString(16).padStart(2, "0"));
    assertEquals(hex.join(" "), expected);
  });
}

Deno.test("Message: what is no integer from 0 is refused", () => {
  for (const value of [-1, 0.5, NaN, 2 ** 53]) {
    assertThrows(() => new Message().integer(1, value), RangeError, "Cannot write");
  }
});
