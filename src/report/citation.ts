import { type ExperimentConfig, isFolder } from "../config/schema.ts";
import { codeSpan, listed, type Prose, prose } from "./prose.ts";

/** The name and digest that identify the content of a run or a sweep, without a clock. */
export interface Cited {
  /** Whether it is one run or a sweep. */
  readonly kind: "run" | "sweep";
  /** Its name. */
  readonly name: string;
  /** The SHA-256 of its resolved config; of a sweep of those of all its runs, one after the other. */
  readonly configDigest: string;
  /** What else decides its results. */
  readonly inputs: CitedInputs;
}

/** What decides results beside the config and the version. */
export interface CitedInputs {
  /** Whether there is a corpus. */
  readonly corpus: boolean;
  /** Whether a model is read from a folder. */
  readonly folders: boolean;
  /** Whether an onnxruntime computes models, whose last digits depend on it and on the processor. */
  readonly onnx: boolean;
}

/** What decides the results of `configs`, one of a run or those of the runs of a sweep. */
export function citedInputs(
  configs: readonly Pick<ExperimentConfig, "corpus" | "engine" | "models">[],
): CitedInputs {
  return {
    corpus: configs.some(({ corpus }) => corpus !== undefined),
    folders: configs.some(({ models: { target, draft } }) => isFolder(target) || isFolder(draft)),
    onnx: configs.some(({ engine }) => engine === "onnx"),
  };
}

/** How to cite a report. */
export function citationOf({ kind, name, configDigest, inputs }: Cited): Prose {
  const whose = kind === "run" ? "config.yaml" : "the config.yaml of all its runs, in their order,";
  const files = [
    ...inputs.corpus ? ["corpus"] : [],
    ...inputs.folders ? ["files of the models"] : [],
  ];
  const same = ["config", ...files, "version", ...inputs.onnx ? ["onnxruntime", "processor"] : []];
  const digests = files.length === 0 ? "" : `the SHA-256 of the ${files.join(" and of the ")}, `;
  const last = digests === "" ? "the SHA-256" : "that";
  return prose`microbeam, ${kind} ${codeSpan(name)}: ${whose} with the SHA-256 ${
    codeSpan(configDigest)
  }. The same ${
    listed(same.map((one) => prose`${one}`))
  } give the same results, byte for byte; [manifest.json](manifest.json) has the versions, ${digests}and ${last} of every file of the ${kind}.`;
}
