/**
 * The states of a processor: a clock that swings, or a neighbour that takes its share, shows as two groups
 * of rounds. Numbers of one round are comparable; medians over both groups are of neither.
 *
 * @module
 */
import { median } from "../../src/stages/round_medians.ts";

/** Rounds whose yardsticks are further apart than this are of different states. */
const LEAST_GAP = 1.1;

/** Rounds that were measured in one state. */
export interface ProcessorState {
  /** Which rounds, from 1. */
  readonly rounds: readonly number[];
  /** The median of the yardstick in them, in its unit. */
  readonly yardstick: number;
}

/**
 * The states in which rounds were measured, by a `yardstick` of each round, the larger the faster: the
 * fastest state first. They are parted at the widest gap, if that is wider than a tenth; so there is one
 * state or two.
 */
export function processorStates(yardstick: readonly number[]): ProcessorState[] {
  const sorted = yardstick.map((value, i) => ({ value, round: i + 1 }))
    .sort((a, b) => b.value - a.value);
  const gaps = sorted.slice(1).map(({ value }, i) => (sorted[i]?.value ?? value) / value);
  const widest = Math.max(...gaps, 1);
  const parts = widest <= LEAST_GAP
    ? [sorted]
    : [sorted.slice(0, gaps.indexOf(widest) + 1), sorted.slice(gaps.indexOf(widest) + 1)];
  return parts.map((part) => ({
    rounds: part.map(({ round }) => round).sort((a, b) => a - b),
    yardstick: median(part.map(({ value }) => value)),
  }));
}

/** What is said of the states. */
export function statesText(states: readonly ProcessorState[], unit: string): string {
  const [fast, slow] = states;
  if (fast === undefined) return "";
  const number = (value: number): string => value.toFixed(1);
  if (slow === undefined) {
    return `The processor was in one state: ${number(fast.yardstick)} ${unit} in registers.`;
  }
  const inRounds = ({ rounds }: ProcessorState): string =>
    `in ${rounds.length === 1 ? "round" : "rounds"} ${rounds.join(", ")}`;
  return [
    `The processor was in two states: ${number(fast.yardstick)} ${unit} in registers`,
    `${inRounds(fast)}; ${number(slow.yardstick)} ${inRounds(slow)}.`,
    "Ratios and shares are of one round each.",
  ].join(" ");
}
