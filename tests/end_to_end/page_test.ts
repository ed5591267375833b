/**
 * `report.html` as people use it, in a browser.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { pageOf } from "../../src/report/page/page.ts";
import { chartsOf } from "../../src/report/run/charts.ts";
import { runDocument } from "../../src/report/run/document.ts";
import { drawSvg } from "../../src/report/svg.ts";
import { record } from "../report/made_up_run.ts";
import { hostile, madeUpDocument, madeUpDrawings } from "../report/page/made_up_document.ts";
import { inFolder } from "../temporary_folder.ts";
import { type Browser, hasChromium, type Page, unlessChromium, withBrowser } from "./browser.ts";
import checks from "./page_checks.js" with { type: "text" };

const screens = [400, 900, 1600].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, scheme }))
);

/** What is wrong with how the page looks on a screen. */
const CHECKS = ["faintTexts", "badLabels", "sideways", "unnamed"];

/** Adds the checks as functions of the page, and lays all of it out for them. */
async function addChecks(page: Page): Promise<void> {
  await page.evaluate(`for (const section of document.querySelectorAll("main > section")) {
    section.style.contentVisibility = "visible";
  }`);
  const names = CHECKS.join(", ");
  await page.evaluate(
    `(() => { ${checks.replaceAll("export ", "")}; Object.assign(window, { ${names} }); })()`,
  );
}

/** What the page asked for or said, which should be nothing. */
function noiseOf({ events }: Page): string[] {
  const noise =
    /^(Log\.entryAdded|Runtime\.(consoleAPICalled|exceptionThrown)|Page\.javascriptDialog)/;
  const asked = events.filter(({ method }) => method === "Network.requestWillBeSent").slice(1);
  return [...asked, ...events.filter(({ method }) => noise.test(method))]
    .map((event) => JSON.stringify(event).slice(0, 400));
}

/** The texts of a column of the first table with so many rows. */
function column(number: number): string {
  return `[...document.querySelectorAll("#overview tbody tr:not([hidden])")]
    .map((row) => row.cells[${number}].textContent)`;
}

const TIP = `document.querySelector("#tip:not([hidden])")?.textContent`;

/** Opens the page of a made-up document. */
async function opened(
  browser: Browser,
  folder: string,
  { texts = [], width = 1600 }: { texts?: readonly string[]; width?: number },
): Promise<Page> {
  const page = pageOf(madeUpDocument(texts), madeUpDrawings(texts[3]));
  return await shown(browser, folder, page, width);
}

/** Opens `page`, the text of a page. */
async function shown(
  browser: Browser,
  folder: string,
  page: string,
  width = 1600,
): Promise<Page> {
  const path = `${folder}/report.html`;
  await Deno.writeTextFile(path, page);
  return await browser.open(`file://${path}`, { width });
}

/** The page of a made-up run with the charts that the program draws. */
async function pageOfRun(): Promise<string> {
  await loadQuantiles();
  const charts = chartsOf(record);
  const svgs: Record<string, string> = {};
  for (const chart of charts) svgs[chart.file] = await drawSvg(chart);
  return pageOf(
    runDocument(record, charts, {
      configDigest: "0".repeat(64),
      inputs: ["corpus"],
      isOnnx: false,
    }),
    svgs,
  );
}

Deno.test({
  name: `report.html: works in a browser, at three widths in light and dark${unlessChromium}`,
  ignore: !hasChromium,
  fn: (t) =>
    inFolder((folder) =>
      withBrowser(async (browser) => {
        await t.step("a header's button sorts up, down and back, by numbers", async () => {
          const page = await opened(browser, folder, {});
          const original = await page.evaluate(column(1));
          const orders = [];
          for (let i = 0; i < 3; i++) {
            await page.evaluate(`document.querySelectorAll("#overview .sort")[1].click()`);
            orders.push([
              await page.evaluate(
                `document.querySelector("#overview [aria-sort]")?.ariaSort ?? null`,
              ),
              await page.evaluate(column(1)),
            ]);
          }
          const up = [-10.25, -8.125, -7, -6.61, -5.5, -4, -2.5, -0.5, 1e-9, 3, 20]
            .map((value) => `${value.toFixed(2).replace("-", "−")}\u00a0±\u00a00.25`);
          assertEquals(orders, [
            ["ascending", up],
            ["descending", up.toReversed()],
            [null, original],
          ]);
          // What has no number stands last, whatever the order.
          for (const order of ["ascending", "descending"]) {
            await page.evaluate(`document.querySelectorAll("#overview .sort")[3].click()`);
            const texts = await page.evaluate(column(3));
            assert(Array.isArray(texts));
            assertEquals(texts.at(-1), "–", order);
          }
          await page.evaluate(`document.querySelectorAll("#likelihood .sort")[0].click()`);
          assertEquals(
            await page.evaluate(
              `[...document.querySelectorAll("#likelihood tbody th")].slice(0, 3).map((cell) => cell.textContent)`,
            ),
            ["Alpha", "beta9", "beta10"],
          );
          assertEquals(noiseOf(page), []);
          await page.close();
        });

        await t.step("a filter leaves the rows that have all words, and counts them", async () => {
          const page = await opened(browser, folder, {});
          const count = `document.querySelector("#overview output").textContent`;
          await page.evaluate(`document.querySelector("#overview input").focus()`);
          assertEquals(await page.evaluate(count), "");
          await page.type("TOP_K -10.25");
          assertEquals(await page.evaluate(column(0)), ["top_k k=3"]);
          assertEquals(await page.evaluate(count), "1 of 11 rows");
          assertEquals(
            await page.evaluate(`document.querySelectorAll("#likelihood > * input").length`),
            1,
          );
          assertEquals(noiseOf(page), []);
          await page.close();
        });

        await t.step("pointer and keyboard get exact values, which Escape closes", async () => {
          const page = await opened(browser, folder, {});
          assertEquals(await page.evaluate(TIP), undefined);
          await page.hover("#overview tbody tr:nth-child(3) td");
          assertEquals(
            await page.evaluate(TIP),
            "log-prob: -10.25, 95 % interval -10.5 to -10",
          );
          assertEquals(
            await page.evaluate(`document.querySelector("[aria-describedby=tip]").textContent`),
            "−10.25\u00a0±\u00a00.25",
          );
          await page.press("Escape");
          assertEquals(await page.evaluate(TIP), undefined);
          await page.hover("#overview thead .about");
          assertEquals(await page.evaluate(TIP), "Its meaning. ");
          await page.hover("figure svg path[role=graphics-symbol]:nth-of-type(2)");
          assertEquals(await page.evaluate(TIP), "k: 1");

          await page.evaluate(`document.querySelector("#overview .about:last-child").focus()`);
          await page.evaluate(`[...document.querySelectorAll("#overview .about")].at(-1).focus()`);
          await page.press("Tab");
          assertMatch(String(await page.evaluate(TIP)), /^log-prob: -6.61,/);
          for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"]) {
            await page.press(key);
          }
          // The cell between has no exact value.
          assertMatch(String(await page.evaluate(TIP)), /^empty share: 2,/);
          await page.press("Escape");
          assertEquals(await page.evaluate(TIP), undefined);
          await page.evaluate(`document.querySelector("figure [tabindex='0']").focus()`);
          await page.press("ArrowRight");
          assertEquals(await page.evaluate(TIP), "k: 1");
          assertEquals(noiseOf(page), []);
          await page.close();
        });

        await t.step("texts from outside stay texts, and none runs", async () => {
          const page = await opened(browser, folder, { texts: hostile });
          assertEquals(
            await page.evaluate(`[...document.querySelectorAll("*")].filter((element) =>
              element.matches("img, main script, iframe, object, main style, form") ||
              [...element.attributes].some(({ name }) => /^on|^style$/.test(name) && element.id !== "tip")
            ).map((element) => element.outerHTML.slice(0, 100))`),
            [],
          );
          await page.hover("#overview tbody tr:last-child td");
          assertEquals(noiseOf(page), []);
          await page.close();
        });

        await t.step("on paper all is unfolded, in black on white, without controls", async () => {
          const page = await opened(browser, folder, { width: 700 });
          await addChecks(page);
          await page.send("Emulation.setEmulatedMedia", {
            media: "print",
            features: [{ name: "prefers-color-scheme", value: "dark" }],
          });
          const count = async (selector: string): Promise<unknown> =>
            await page.evaluate(`[...document.querySelectorAll("${selector}")]
              .filter((element) => element.checkVisibility({ contentVisibilityAuto: true })).length`);
          assertEquals(await count("header, nav, input, .skip, .about"), 0);
          assertEquals(await count("main details table"), 1);
          assertEquals(
            await page.evaluate(`getComputedStyle(document.documentElement).backgroundColor`),
            "rgb(255, 255, 255)",
          );
          for (const check of ["faintTexts", "sideways"]) {
            assertEquals(await page.evaluate(`${check}()`), [], check);
          }
          await page.send("Page.printToPDF");
          await page.close();
        });

        await t.step(
          "a button switches between light and dark, whatever the system has",
          async () => {
            const page = await opened(browser, folder, {});
            const background = `getComputedStyle(document.documentElement).backgroundColor`;
            const seen = [];
            for (const scheme of ["light", "dark"] as const) {
              await page.resize({ width: 900, scheme });
              seen.push(await page.evaluate(background));
              await page.evaluate(`document.querySelector("button.theme").click()`);
              seen.push(await page.evaluate(background));
              await page.evaluate(`delete document.documentElement.dataset.theme`);
            }
            const [light, dark] = seen;
            assertEquals([seen, light === dark], [[light, dark, dark, light], false]);
            assertEquals(noiseOf(page), []);
            await page.close();
          },
        );

        await t.step(
          "without its script the page has all, and no control that does nothing",
          async () => {
            const page = await opened(browser, folder, {});
            await page.send("Emulation.setScriptExecutionDisabled", { value: true });
            await page.send("Page.reload");
            await page.until(
              "document.readyState === 'complete' && !document.querySelector('.theme')",
            );
            assertEquals(
              await page.evaluate(`document.querySelectorAll("button, input").length`),
              0,
            );
            assertEquals(
              await page.evaluate(`document.querySelectorAll("#overview td[title]").length`),
              54,
            );
            await page.close();
          },
        );

        const pages = [
          { what: "a document", text: pageOf(madeUpDocument(), madeUpDrawings()) },
          { what: "hostile", text: pageOf(madeUpDocument(hostile), madeUpDrawings(hostile[3])) },
          { what: "a run", text: await pageOfRun() },
        ];
        for (const { what, text } of pages) {
          const page = await shown(browser, folder, text);
          await addChecks(page);
          await page.evaluate(
            `for (const details of document.querySelectorAll("details")) details.open = true`,
          );
          for (const screen of screens) {
            const name = `${what}, ${screen.width} px, ${screen.scheme}`;
            await t.step(
              `${name}: texts can be read, labels are apart, nothing sticks out`,
              async () => {
                await page.resize(screen);
                for (const check of CHECKS) {
                  assertEquals(await page.evaluate(`${check}()`), [], check);
                }
              },
            );
          }
          await page.close();
        }
      })
    ),
});
