import type { ReportDocument } from "./document.ts";
import { plainOf, type Prose } from "./prose.ts";

/** The first screen of a report as data, which the terminal and other programs read: `findings.json`. */
export interface FindingsData {
  /** The run or sweep. */
  readonly title: string;
  /** All that a reader must know before any number. */
  readonly remarks: readonly string[];
  /** The question. */
  readonly question: string;
  /** The findings, the most important first. */
  readonly findings: readonly {
    readonly kind: string;
    readonly text: string;
    readonly claims: boolean;
    readonly cells: readonly string[];
    readonly numbers: ReportDocument["findings"][number]["numbers"];
  }[];
  /** Which cell to use for what. */
  readonly decisions: readonly {
    readonly want: string;
    readonly use: readonly string[];
    readonly because: string;
  }[];
  /** The cells with their main measures; none where there are no cells. */
  readonly overview?: {
    readonly caption: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly string[])[];
  };
}

/** The text of `findings.json`. */
export function findingsJson(document: ReportDocument): string {
  return JSON.stringify(findingsData(document), null, 2) + "\n";
}

function findingsData(document: ReportDocument): FindingsData {
  const { title, remarks, question, findings, decisions, overview } = document;
  return {
    title,
    remarks: remarks.map(plainOf),
    question: plainOf(question),
    findings: findings.map(({ kind, text, claims, cells, numbers }) => ({
      ...{ kind, text: plainOf(text), claims, cells, numbers },
    })),
    decisions: decisions.map(({ want, use, because }) => ({
      ...{ want: plainOf(want), use, because: plainOf(because) },
    })),
    ...(overview === undefined ? {} : {
      overview: {
        caption: plainOf(overview.caption ?? noProse),
        columns: overview.columns.map(({ title }) => title),
        rows: overview.rows.map((row) => row.map(({ text }) => plainOf(text))),
      },
    }),
  };
}

const noProse: Prose = [];
