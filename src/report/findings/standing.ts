/**
 * Where the target stands among the n-gram models, which only count.
 *
 * @module
 */
import { type ModelLosses, modelMeasures } from "../../measure/corpus_loss.ts";
import type { ModelMeasure } from "../../measure/measure.ts";
import {
  type BesideNgram,
  besideNgrams,
  judgedStanding,
  type Standing,
} from "../../measure/standing.ts";
import { codeSpan, listed, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "../run/run_record.ts";
import { described, type FindingDefinition, type PlannedFinding, together } from "./finding.ts";
import { distanceSaid, foundDifference, foundNumber, isSayable, said } from "./wording.ts";

/** The measure of the loss on the documents held out. */
export const heldOutLoss: ModelMeasure<ModelLosses> = lossMeasure();

/** Where the target's held-out loss stands among those of n-gram models, and that it is one training. */
export const standing: FindingDefinition<RunRecord> = {
  name: "standing",
  plan: (run) => together([...amongNgrams(run), ...described(oneTraining(run))]),
};

function amongNgrams({ losses, others }: RunRecord): PlannedFinding[] {
  const isTrained = others.every(({ name }) => name !== "target");
  const beside = besideNgrams("target", losses);
  if (beside === undefined || !isSayable(heldOutLoss, beside.loss)) return [];
  return [{
    pValues: beside.ngrams.flatMap(({ difference }) => difference?.p ?? []),
    say: (areDifferences) => {
      const { beaten, open, ahead } = judgedStanding(beside, areDifferences);
      const parts = [
        groupText("better than", beaten),
        groupText("not told apart from", open),
        groupText("worse than", ahead),
      ].filter((part) => part.length > 0);
      return {
        text: prose`The target's held-out loss, ${said(heldOutLoss, beside.loss)}, is ${
          listed(parts)
        }${meaningOf({ beaten, open, ahead }, isTrained)}.`,
        claims: beaten.length + ahead.length > 0,
        cells: [],
        numbers: [
          foundNumber(heldOutLoss.name, "target", beside.loss),
          ...[...beaten, ...open, ...ahead].flatMap(({ name, difference }) =>
            difference === undefined
              ? []
              : [foundDifference(heldOutLoss.name, ["target", name], difference)]
          ),
        ],
      };
    },
  }];
}

/** That a run has one training of its models. */
function oneTraining({ experiment: { variant, config }, models }: RunRecord): Prose {
  const isSeeded = variant?.settings.some(({ path }) => path === "seed") === true;
  if (isSeeded || models.length === 0) return [];
  return prose`This is one training, of seed ${config.seed}. Another seed trains other models, which no interval here covers: run it with ${
    codeSpan("--set seed=1..5")
  } to see how far they differ.`;
}

/** `better than that of the 3-gram by 0.046 ± 0.006 (and of the 2-gram and the 1-gram by more)`. */
function groupText(relation: string, ngrams: readonly BesideNgram[]): Prose {
  const [nearest, ...others] = ngrams;
  if (nearest === undefined) return [];
  const names = (those: readonly BesideNgram[]): Prose =>
    listed(those.map(({ name }) => prose`the ${name}`));
  if (relation.endsWith("from") || nearest.difference === undefined) {
    return prose`${relation} that of ${names(ngrams)}`;
  }
  // The nearest says how large the distance is.
  const by = distanceSaid({ ...heldOutLoss, unit: "ratio" }, nearest.difference);
  const more = others.length === 0 ? [] : prose` (and of ${names(others)} by more)`;
  return prose`${relation} that of ${names([nearest])} by ${by}${more}`;
}

/** The meaning of a target that is better than all of the n-gram models, or than none. */
function meaningOf(
  { beaten, open, ahead }: Pick<Standing, "beaten" | "open" | "ahead">,
  isTrained: boolean,
): Prose {
  const count = beaten.length + open.length + ahead.length;
  if (beaten.length === count) return prose`: it predicts better than counting does`;
  if (ahead.length < count) return [];
  return isTrained
    ? prose`: it has learned no more than counting does`
    : prose`: to count in documents of this kind tells more of them than it knows`;
}

function lossMeasure(): ModelMeasure<ModelLosses> {
  const measure = modelMeasures.find(({ name }) => name === "held_out_nats_per_token");
  if (measure === undefined) throw new TypeError("Cannot find the measure of the held-out loss");
  return measure;
}
