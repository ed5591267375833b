/**
 * Blocks of a report as markup: paragraphs, lists, tables, charts, and what is folded.
 *
 * @module
 */
import type { Chart } from "../chart.ts";
import type { Block, ReportCell, ReportColumn, ReportTable } from "../document.ts";
import type { Prose } from "../prose.ts";
import { Html, lines, linkHtml, markup, nothing, proseHtml } from "./html.ts";

/** Writes the blocks of one page, in which every table and chart has a number of its own. */
export class BlockWriter {
  readonly #svgs: Readonly<Record<string, string>>;
  readonly #terms: ReadonlySet<string>;
  #tables = 0;
  #charts = 0;

  /** For a page with the drawn `svgs`, by the charts' files, and a glossary with the anchors `terms`. */
  constructor(svgs: Readonly<Record<string, string>>, terms: ReadonlySet<string>) {
    this.#svgs = svgs;
    this.#terms = terms;
  }

  /** `blocks` one after the other, under the heading `name`. */
  blocks(blocks: readonly Block[], name: Prose): Html {
    let heading = name;
    return lines(blocks.map((block) => {
      if (block.kind === "heading") heading = block.text;
      return this.#block(block, heading);
    }));
  }

  #block(block: Block, heading: Prose): Html {
    switch (block.kind) {
      case "paragraph":
        return markup`<p>${proseHtml(block.text)}</p>`;
      case "list":
        return listHtml(block.items);
      case "heading":
        return markup`<h3>${proseHtml(block.text)}</h3>`;
      case "table":
        return this.table(block.table, heading);
      case "chart":
        return this.#chart(block.chart);
      case "details":
        return markup`<details>
<summary>${proseHtml(block.summary)}</summary>
${this.blocks(block.blocks, block.summary)}
</details>`;
    }
  }

  /**
   * A table in a box of its own, which scrolls where it is too wide. One without a caption is read out
   * under the name of its `heading`, which is seen already.
   */
  table({ caption, columns, rows }: ReportTable, heading: Prose): Html {
    const id = `table-${++this.#tables}`;
    const head = columns.map((column) =>
      markup`<th scope="col"${classOf(column)}>${this.#title(column)}</th>`
    );
    const body = rows.map((row) =>
      markup`<tr>${row.map((cell, i) => cellHtml(cell, columns[i], i === 0))}</tr>`
    );
    const hidden = caption === undefined ? markup` class="unseen"` : nothing;
    return markup`<div class="scroll" role="group" aria-labelledby="${id}" tabindex="0">
<table>
<caption${hidden}><span id="${id}">${proseHtml(caption ?? heading)}</span></caption>
<thead>
<tr>${head}</tr>
</thead>
<tbody>
${lines(body)}
</tbody>
</table>
</div>`;
  }

  /** The title of a column, which leads to what it means. */
  #title({ title, measure }: ReportColumn): Html {
    const term = measure === undefined ? undefined : `term-${measure.name}`;
    return term !== undefined && this.#terms.has(term)
      ? markup`<a href="#${term}">${title}</a>`
      : markup`${title}`;
  }

  /** A chart in a box that scrolls where it is too wide, so that its letters stay as large as they are. */
  #chart({ file, description }: Chart): Html {
    const svg = this.#svgs[file];
    const drawn = svg === undefined
      ? markup`<p>${description}</p>`
      : markup`<div class="scroll" role="group" aria-label="Chart" tabindex="0">
${inlined(svg, `chart-${++this.#charts}-`)}
</div>`;
    const spec = linkHtml("data and Vega-Lite spec", file.replace(/\.svg$/, ".vl.json"));
    return markup`<figure>
${drawn}
<figcaption>${linkHtml("picture", file)}, ${spec}</figcaption>
</figure>`;
  }
}

/** Items of a list. */
export function listHtml(items: readonly Prose[]): Html {
  return markup`<ul>
${lines(items.map((item) => markup`<li>${proseHtml(item)}</li>`))}
</ul>`;
}

function classOf(column: ReportColumn | undefined): Html {
  return markup` class="${column?.align === "right" ? "number" : "text"}"`;
}

function cellHtml(
  { text, sortKey, exact }: ReportCell,
  column: ReportColumn | undefined,
  isFirst: boolean,
): Html {
  const attributes = [
    classOf(column),
    sortKey === undefined ? nothing : markup` data-key="${sortKey}"`,
    exact === undefined ? nothing : markup` title="${exact}"`,
  ];
  return isFirst
    ? markup`<th scope="row"${attributes}>${proseHtml(text)}</th>`
    : markup`<td${attributes}>${proseHtml(text)}</td>`;
}

const TAG = /<[^>]*>/g;

/**
 * A drawing as part of a page. Its names get `prefix`, since all drawings of a page share theirs, and
 * its own style gives way to that of the page.
 */
function inlined(svg: string, prefix: string): Html {
  const drawing = svg.slice(Math.max(0, svg.indexOf("<svg")))
    .replaceAll(/<style\b[^>]*>[^]*?<\/style>/g, "");
  return Html.trusted(
    drawing.replaceAll(
      TAG,
      (tag) =>
        tag.replaceAll(/ (?:id="|(?:xlink:)?href="#)/g, `$&${prefix}`).replaceAll(
          "url(#",
          `$&${prefix}`,
        ),
    )
      .trimEnd(),
  );
}
