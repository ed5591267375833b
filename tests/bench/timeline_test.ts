// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { partsOf } from "./timeline.ts";

Deno.test("partsOf: from the first beginning to the last end, and writing after the timings", () => {
  const parts = partsOf([
    ["script begins", 40],
    ["modules end", 300],
    ["corpus begins", 350],
    ["thread begins", 400],
    ["thread begins", 420],
    ["train begins", 420],
    ["step", 500],
    ["step", 550],
    ["loss begins", 600],
    ["train ends", 700],
    ["train ends", 800],
    ["loss ends", 900],
    ["decode begins", 900],
    ["measure ends", 1400],
    ["time begins", 1400],
    ["report begins", 1410],
    ["charts begin", 1500],
    ["charts end", 1900],
    ["report ends", 1950],
    ["time ends", 2000],
    ["run ends", 2300],
  ]);
  assertEquals(
    [...parts].map(([part, milliseconds]) => `${part} ${milliseconds}`),
    [
      ...["process 40", "modules 260", "config 50", "corpus 50", "workers 100", "training 300"],
      ...["losses 300", "cells 500", "timings 600", "report 90", "charts 400", "page 50"],
      "writing 300",
    ],
  );
});
