/**
 * What there is to know of a strategy, a warper or a draft, beside its code. Each is defined once, in
 * its own file, and listed once; configs, the JSON Schema, tables, glossaries and tests are made from
 * these definitions.
 *
 * @module
 */
import type { z } from "zod";
import type { LanguageModel } from "../model/language_model.ts";
import type { Draft } from "./speculative/draft.ts";
import type { Strategy } from "./strategy.ts";
import type { Warper } from "./warp/warper.ts";

/** A chain of warpers with their values, in the order of application: `[{ top_k: 5 }]`. */
export type WarperChain = readonly Readonly<Record<string, number>>[];

/** What strategies may use beside the target. */
export interface DecodeResources {
  /** The trained draft model, where there is one. */
  readonly draftModel: LanguageModel | undefined;
  /** The n-gram model of that order, counted from the documents that the target was trained on. */
  ngram(order: number): LanguageModel;
}

/** What is wrong with a setting beside the others of its strategy. */
export interface SettingProblem {
  /** The setting. */
  readonly setting: string;
  /** What was expected and what was found. */
  readonly message: string;
}

/** What measures, theory and timings need to know of a strategy that speculates. */
export interface SpeculationProfile {
  /** The most tokens proposed in a round. */
  readonly draftK: number;
  /** Whether the texts are drawn from exactly the target's distribution after `warp`. */
  readonly isLossless: boolean;
  /** The warpers of the target. */
  readonly warp: WarperChain;
  /** What the draft needs: see {@linkcode DraftDefinition.needs}. */
  readonly needs: DraftNeeds;
  /** The model that proposes and what to call it, where a model does. */
  proposer(resources: DecodeResources): { name: string; model: LanguageModel } | undefined;
}

/** A strategy: a way of choosing tokens, with its settings. */
export interface StrategyDefinition<
  Settings extends { readonly strategy: string } = { readonly strategy: string },
> {
  /** Its name in configs, the value of `strategy`. */
  readonly name: Settings["strategy"];
  /** How it chooses, in one line. */
  readonly summary: string;
  /** The paper or system that it follows. */
  readonly reference?: string;
  /** Its settings, with one value each, in the order of labels and tables; `strategy` is the first. */
  readonly schema: z.ZodType<Settings>;
  /** Settings that a label leaves out where they have this value. */
  readonly unsaid?: Readonly<Record<string, unknown>>;
  /** Whether a prompt gives the same texts every time, so that one decoding stands for all samples. */
  readonly isDeterministic: boolean;
  /** Whether it looks for probable texts, so that it can miss the most probable one. */
  readonly isSearch: boolean;
  /** How many sequences one decoding reads at once, at most; 1 if left out. */
  sequences?(settings: Settings): number;
  /** How many texts one decoding returns, at most; 1 if left out. */
  texts?(settings: Settings): number;
  /** What the schema cannot see: settings that do not go together. */
  problems?(settings: Settings): readonly SettingProblem[];
  /** How it speculates, if it does. */
  speculation?(settings: Settings): SpeculationProfile;
  /** The strategy with these settings. */
  create(settings: Settings, resources: DecodeResources): Strategy;
}

/** A warper: a transform of the distribution that tokens are drawn from, with one number. */
export interface WarperDefinition<Name extends string = string> {
  /** Its name in a chain. */
  readonly name: Name;
  /** What it keeps or changes, in one line. */
  readonly summary: string;
  /** What its limits do, in one line. */
  readonly edges: string;
  /** The paper or system that it follows. */
  readonly reference?: string;
  /** Its value, with a description. */
  readonly value: z.ZodNumber;
  /** As a strategy of its own, which samples from what this warper leaves. */
  readonly strategy: {
    /** How that chooses, in one line. */
    readonly summary: string;
    /** The value if none is given. */
    readonly default: number;
    /** The name of the setting; the warper's own if left out. */
    readonly setting?: string;
  };
  /** The warper with this value. */
  create(value: number): Warper;
}

/** What a draft needs beside the text itself. */
export type DraftNeeds = "draft model" | "corpus" | "nothing";

/** A draft: what proposes tokens in speculative decoding. */
export interface DraftDefinition<
  Settings extends { readonly draft: string } = { readonly draft: string },
> {
  /** Its name in configs, the value of `draft`. */
  readonly name: Settings["draft"];
  /** What it proposes, in one line. */
  readonly summary: string;
  /** The paper or system that it follows. */
  readonly reference?: string;
  /** What it needs. */
  readonly needs: DraftNeeds;
  /** The draft with these settings. */
  create(settings: Settings, resources: DecodeResources): Draft;
  /** The model that proposes and what to call it, where a model does. */
  proposer?(
    settings: Settings,
    resources: DecodeResources,
  ): { name: string; model: LanguageModel } | undefined;
}
