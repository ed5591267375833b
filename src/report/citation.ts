import { codeSpan, type Prose, prose } from "./prose.ts";

/** The name and digest that identify the content of a run or a sweep, without a clock. */
export interface Cited {
  /** Whether it is one run or a sweep. */
  readonly kind: "run" | "sweep";
  /** Its name. */
  readonly name: string;
  /** The SHA-256 of its resolved config; of a sweep of those of all its runs, one after the other. */
  readonly configDigest: string;
  /** The inputs beside its config that its results follow from; the manifest has their SHA-256. */
  readonly inputs: readonly ("corpus" | "models")[];
  /** Whether an onnxruntime computed its models, so that it depends on that and on the processor. */
  readonly isOnnx: boolean;
  /** Whether the engine simd trained models with fused arithmetic, which not every processor has. */
  readonly isFused?: boolean;
}

/** How to cite a report. */
export function citationOf(
  { kind, name, configDigest, inputs, isOnnx, isFused = false }: Cited,
): Prose {
  const machine = [
    ...isOnnx ? ["onnxruntime", "kind of processor"] : [],
    ...isFused ? ["kind of arithmetic (fused)"] : [],
  ];
  const whose = kind === "run" ? "config.yaml" : "the config.yaml of all its runs, in their order,";
  return prose`microbeam, ${kind} ${codeSpan(name)}: ${whose} with the SHA-256 ${
    codeSpan(configDigest)
  }. The same ${
    ["config", ...inputs, ...machine].join(", ")
  } and version give the same results, byte for byte; [manifest.json](manifest.json) has the versions, ${
    inputs.length === 0 ? "" : `the SHA-256 of the ${inputs.join(" and ")}, `
  }and that of every file of the ${kind}.`;
}
