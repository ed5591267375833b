// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { PartialFile } from "../../src/data/partial_file.ts";
import { inFolder } from "../temporary_folder.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("PartialFile: one that waited for another never writes to what that became", () =>
  inFolder(async (folder) => {
    const open = (): Promise<PartialFile> => PartialFile.open(folder, "c", "https://a.example/c");
    const first = await open();
    const waiting = open();
    await first.restart('"1"');
    await first.write(bytes("whole"));
    await first.become("c");
    await first.close({ done: true });
    const second = await waiting;
    assertEquals(second.bytes, 0);
    await second.restart('"1"');
    await second.write(bytes("x"));
    await second.close({ done: false });
    assertEquals(Deno.readTextFileSync(`${folder}/c`), "whole");
    assertEquals(Deno.readTextFileSync(`${folder}/c.download`), "x");
  }));
