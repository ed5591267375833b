// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { isWithin, PlaceError, placeIn, placeOf, realPath } from "../../src/files/place.ts";
import { inFolder } from "../temporary_folder.ts";

Deno.test("placeOf: without a link a path stays as it was named, there or not", () => {
  assertEquals(placeOf("outputs"), { shown: "outputs", path: "outputs" });
  assertEquals(placeOf("no/such/folder"), { shown: "no/such/folder", path: "no/such/folder" });
});

Deno.test("placeOf: links anywhere on the way are followed, and what is missing is kept", () =>
  inFolder(async (folder) => {
    const root = await Deno.realPath(folder);
    await Deno.mkdir(`${root}/disk/a`, { recursive: true });
    await Deno.symlink(`${root}/disk`, `${root}/link`);
    await Deno.symlink("link", `${root}/second`);
    for (const link of ["link", "second"]) {
      const shown = `${root}/${link}/a/b/c`;
      assertEquals(placeOf(shown), { shown, path: `${root}/disk/a/b/c` });
    }
    const place = placeIn(placeOf(`${root}/link`), "x");
    assertEquals(place, { shown: `${root}/link/x`, path: `${root}/disk/x` });
  }));

Deno.test("placeOf: a link that leads nowhere is named, wherever it lies on the way", () =>
  inFolder(async (folder) => {
    const root = await Deno.realPath(folder);
    await Deno.symlink("/nowhere/at/all", `${root}/dangling`);
    await Deno.symlink("circle", `${root}/circle`);
    const expected = "a link to /nowhere/at/all, which leads nowhere";
    assertThrows(() => placeOf(`${root}/dangling`), PlaceError, expected);
    assertThrows(() => placeOf(`${root}/dangling/below/it`), PlaceError, expected);
    assertThrows(() => placeOf(`${root}/circle`), PlaceError, "which leads nowhere");
  }));

Deno.test("placeOf: folders of the system, to which Deno lets nobody write, are refused, links to them too", () =>
  inFolder(async (folder) => {
    const root = await Deno.realPath(folder);
    await Deno.symlink("/dev/shm", `${root}/link`);
    const expected = "Deno lets no task write below /dev, /proc or /sys";
    for (const path of ["/dev/shm/x", "/proc/x", "/sys", "/dev/shm/../shm"]) {
      assertThrows(() => placeOf(path), PlaceError, `cannot use ${path}: ${expected}`);
    }
    const leads = `cannot use ${root}/link/x: it leads to /dev/shm/x, and ${expected}`;
    assertThrows(() => placeOf(`${root}/link/x`), PlaceError, leads);
  }));

Deno.test("isWithin: a folder is within itself, one whose name begins alike is not", () => {
  assertEquals(isWithin("/a/b", "/a/b"), true);
  assertEquals(isWithin("/a/b", "/a/b/c"), true);
  assertEquals(isWithin("/a/b", "/a/b-2"), false);
  assertEquals(isWithin("/a/b", "/a"), false);
  assertEquals(isWithin("/a/b", "/a/..b"), false);
  assertEquals(isWithin("/", realPath(".")), true);
});
