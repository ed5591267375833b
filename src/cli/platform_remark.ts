import type { EngineChoice } from "../model/engine.ts";
import { onnxPlatforms, platformVersions } from "../model/onnx/platform.ts";
import type { Arithmetic } from "../model/simd/arithmetic.ts";
import type { Manifest } from "../runs/manifest.ts";

/**
 * Where texts may differ from those of a run, since something else computes its models here, on a
 * `processor` of that arithmetic; `undefined` where nothing does.
 */
export function platformRemark(
  engine: EngineChoice,
  manifest: Pick<Manifest, "versions">,
  processor: Arithmetic,
): string | undefined {
  const others = engine === "onnx" ? otherRuntime(manifest) : otherArithmetic(manifest, processor);
  return others &&
    `${others}: log-probabilities may differ in their last digits, and texts with them`;
}

function otherRuntime({ versions }: Pick<Manifest, "versions">): string | undefined {
  const { onnxruntime, processor } = versions;
  const [own] = onnxPlatforms();
  if (own === undefined) return undefined;
  const here = platformVersions(own);
  if (onnxruntime === here.onnxruntime && processor === here.processor) return undefined;
  return `computed by ${here.onnxruntime} on ${here.processor}, while the run was by ${onnxruntime} ` +
    `on ${processor}`;
}

/** Any processor can compute strictly: such a run was computed as here. */
function otherArithmetic(
  { versions: { arithmetic } }: Pick<Manifest, "versions">,
  processor: Arithmetic,
): string | undefined {
  return arithmetic === "fused" && processor === "strict"
    ? "computed with strict arithmetic, while the run was with fused, which this processor does not have"
    : undefined;
}
