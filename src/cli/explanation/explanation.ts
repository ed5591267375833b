/**
 * The explanation of one decoding: its events as steps with the few numbers that are shown of each, as
 * lines and as JSON.
 *
 * @module
 */
import type { BestChosen, Observation, Observer } from "../../decode/observation.ts";
import type { Token } from "../../model/language_model.ts";
import {
  type ExplainedSelection,
  selectionJson,
  selectionLines,
  Selections,
} from "./beam_selection.ts";
import type { ExactMode } from "./exact_mode.ts";
import { bestJson, bestLines, ExplainedSearch } from "./exact_search.ts";
import { ExplainedRound, ROUNDS_LEGEND } from "./round.ts";
import { choiceJson, choiceLines, type ExplainedChoice, explainedChoice } from "./token_choice.ts";
import type { TokenNames } from "./token_names.ts";

/** Something that a strategy did. */
type Step = ExplainedChoice | ExplainedRound | ExplainedSelection | ExplainedSearch | BestChosen;

/** Collects the events of one decoding. */
export class Explanation {
  /** Is told each event. */
  readonly observe: Observer = (event) => this.#add(event);
  readonly #prompt: string;
  readonly #names: TokenNames;
  readonly #selections: Selections;
  readonly #steps: Step[] = [];
  /** The tokens of the text so far, of a strategy that never takes one back. */
  readonly #tokens: Token[] = [];
  /** Of several decodings, the explanation of each, until one is chosen. */
  #several: Explanation[] = [];

  /** Of a decoding of `prompt`; follows `mode` through a beam, if it is known. */
  constructor(prompt: string, names: TokenNames, mode?: ExactMode) {
    this.#prompt = prompt;
    this.#names = names;
    this.#selections = new Selections(mode);
  }

  #add(event: Observation): void {
    const last = this.#steps.at(-1);
    switch (event.kind) {
      case "token":
        this.#steps.push(explainedChoice(event, this.#before()));
        this.#tokens.push(event.token);
        break;
      case "proposal":
        this.#steps.push(new ExplainedRound(event, this.#before()));
        break;
      case "test":
        if (last?.kind === "round") last.test(event);
        if (event.isAccepted) this.#tokens.push(event.token);
        break;
      case "addition":
        if (last?.kind === "round") last.end(event);
        if (event.isKept) this.#tokens.push(event.token);
        break;
      case "selection":
        this.#steps.push(this.#selections.add(event));
        break;
      case "search": {
        const search = last?.kind === "search" ? last : new ExplainedSearch();
        if (search !== last) this.#steps.push(search);
        search.add(event);
        break;
      }
      case "one of several":
        this.#several[event.number] ??= new Explanation(this.#prompt, this.#names);
        this.#several[event.number]?.observe(event.event);
        break;
      case "best":
        this.#steps.push(event, ...this.#chosen(event.number));
        this.#several = [];
        break;
    }
  }

  #chosen(number: number): readonly Step[] {
    const chosen = this.#several[number];
    return chosen === undefined ? [] : chosen.#steps;
  }

  #before(): string {
    return this.#names.text(this.#prompt, this.#tokens);
  }

  /** The steps as lines, an empty one between them. */
  lines(): string[] {
    let number = 0;
    const isRound = this.#steps.some(({ kind }) => kind === "round");
    const lines = this.#steps.flatMap((step) => ["", ...this.#linesOf(step, () => ++number)]);
    return isRound ? [ROUNDS_LEGEND, ...lines] : lines.slice(1);
  }

  #linesOf(step: Step, next: () => number): string[] {
    switch (step.kind) {
      case "token":
        return choiceLines(step, next(), this.#names);
      case "round":
        return step.lines(next(), this.#names);
      case "selection":
        return selectionLines(step, this.#prompt, this.#names);
      case "search":
        return step.lines(this.#prompt, this.#names);
      case "best":
        return bestLines(step, this.#prompt, this.#names);
    }
  }

  /** The steps as JSON, in the words of the command's other output. */
  json(): Record<string, unknown>[] {
    const names = this.#names.after(this.#prompt);
    return this.#steps.map((step) => {
      switch (step.kind) {
        case "token":
          return choiceJson(step, names);
        case "round":
        case "search":
          return step.json(names);
        case "selection":
          return selectionJson(step, names);
        case "best":
          return bestJson(step, names);
      }
    });
  }
}
