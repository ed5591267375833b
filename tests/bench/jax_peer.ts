/**
 * The bench's training in jax-js on its WebAssembly backend, as a user of it would write it: one
 * jitted step from loss to Adam, on batches padded to the longest document of all. A process that
 * stays, with the requests of `pytorch_peer.py`, of which it knows `prepare`, `measure` and `loss`.
 *
 * Letters: `B` documents, `T` positions, `C` width, `H` heads, `D = C / H`, `V` vocabulary.
 *
 * @module
 */
import type { numpy } from "@jax-js/jax";
import config from "../deno.json" with { type: "json" };
import type { Token } from "../../src/model/language_model.ts";
import { tensorShapes } from "../../src/model/weights.ts";
import { linesOf } from "./lines.ts";
import { repeat } from "../../src/stages/interleaved_rounds.ts";
import { ADAM, type TrainingWork } from "./work.ts";

/** The version that is installed. */
const VERSION = config.imports["@jax-js/jax"].split("@").at(-1);
/** Exit code that says that the library is not there. */
const ABSENT = 3;

const jax = await import("@jax-js/jax").catch(() => Deno.exit(ABSENT));
const { numpy: np, nn, tree } = jax;

type Array = numpy.Array;
type Tensors = Record<string, Array>;

/** A batch: one-hot inputs and targets `[B, T, V]`, weights in the loss `[B, T]`. */
interface Batch {
  readonly inputs: Array;
  readonly targets: Array;
  readonly factors: Array;
}

/** The requests. */
interface Request {
  readonly prepare?: string;
  readonly item?: TrainingWork & { readonly weights: string };
  readonly measure?: string;
  readonly seconds?: number;
  readonly loss?: string;
}

function norm(x: Array): Array {
  const square = np.mean(np.square(x.ref), -1, { keepdims: true });
  return x.mul(np.reciprocal(np.sqrt(square.add(1e-5))));
}

function project(x: Array, matrix: Array): Array {
  return np.matmul(x, np.transpose(matrix));
}

function tensor(tensors: Tensors, name: string): Array {
  const found = tensors[name];
  if (found === undefined) throw new RangeError(`Cannot find tensor "${name}"`);
  return found;
}

/** The loss as a function of the tensors; it takes every argument, as this library wants it. */
function lossOf({ nHead, nEmbd, nLayer }: TrainingWork["spec"], shape: [number, number]) {
  const [b, t] = shape;
  return (tensors: Tensors, inputs: Array, targets: Array, factors: Array): Array => {
    const of = (name: string): Array => tensor(tensors, name);
    let x = norm(np.matmul(inputs, of("wte")).add(of("wpe").slice([0, t])));
    for (let layer = 0; layer < nLayer; layer++) {
      const heads = (rows: Array, name: string): Array =>
        project(rows, of(`l${layer}.${name}`)).reshape([b, t, nHead, nEmbd / nHead]);
      const normed = norm(x.ref);
      const [q, k] = [heads(normed.ref, "wq"), heads(normed.ref, "wk")];
      const attended = nn.dotProductAttention(q, k, heads(normed, "wv"), { isCausal: true });
      x = x.add(project(attended.reshape([b, t, nEmbd]), of(`l${layer}.wo`)));
      const hidden = nn.relu(project(norm(x.ref), of(`l${layer}.fc1`)));
      x = x.add(project(hidden, of(`l${layer}.fc2`)));
    }
    const logProbs = nn.logSoftmax(project(x, of("lm_head")), -1);
    return np.negative(logProbs.mul(targets).sum(-1).mul(factors).sum());
  };
}

/** Loss, gradient and Adam in one function, to be jitted. */
function stepOf(loss: ReturnType<typeof lossOf>) {
  const { beta1, beta2, epsilon } = ADAM;
  return (
    tensors: Tensors,
    first: Tensors,
    second: Tensors,
    rate: Array,
    correction: Array,
    { inputs, targets, factors }: { inputs: Array; targets: Array; factors: Array },
  ): [Array, Tensors, Tensors, Tensors] => {
    const held = tree.ref(tensors);
    const [value, gradient] = jax.valueAndGrad(loss)(held, inputs, targets, factors);
    const [newTensors, newFirst, newSecond]: [Tensors, Tensors, Tensors] = [{}, {}, {}];
    for (const name of Object.keys(tensors)) {
      const slope = tensor(gradient, name);
      const mean = tensor(first, name).mul(beta1).add(slope.ref.mul(1 - beta1));
      const square = tensor(second, name).mul(beta2).add(np.square(slope).mul(1 - beta2));
      newFirst[name] = mean.ref;
      newSecond[name] = square.ref;
      const root = np.sqrt(square.div(correction.ref)).add(epsilon);
      newTensors[name] = tensor(tensors, name).sub(mean.mul(rate.ref).div(root));
    }
    rate.dispose();
    correction.dispose();
    return [value, newTensors, newFirst, newSecond];
  };
}

/** Steps over the item's batches, round and round. */
class Training {
  readonly #batches: readonly Batch[];
  readonly #documents: number;
  readonly #loss;
  readonly #step;
  #tensors: Tensors;
  #first: Tensors;
  #second: Tensors;
  #updates = 0;

  constructor({ spec, batches, weights }: TrainingWork & { readonly weights: string }) {
    const lengths = batches.flat().map((document) => document.length - 1);
    const longest = Math.max(...lengths);
    this.#documents = lengths.length;
    this.#batches = batches.map((batch) => paddedBatch(batch, longest, spec.vocabSize));
    this.#tensors = readTensors(spec, weights);
    const zeros = (): Tensors =>
      Object.fromEntries(
        tensorShapes(spec).map(({ name, rows, columns }) => [
          name,
          np.zeros([rows, columns]),
        ]),
      );
    [this.#first, this.#second] = [zeros(), zeros()];
    this.#loss = lossOf(spec, [this.#documents / batches.length, longest]);
    this.#step = jax.jit(stepOf(this.#loss));
  }

  /** Nats, of the first batch. */
  loss(): number {
    const { inputs, targets, factors } = this.#batches[0] as Batch;
    const tensors = tree.ref(this.#tensors);
    return this.#loss(tensors, inputs.ref, targets.ref, factors.ref).item();
  }

  /** An update on each batch; how many documents that were. */
  once(): number {
    for (const { inputs, targets, factors } of this.#batches) {
      const update = ++this.#updates;
      const rate = np.array(ADAM.learningRate / (1 - ADAM.beta1 ** update));
      const correction = np.array(1 - ADAM.beta2 ** update);
      const batch = { inputs: inputs.ref, targets: targets.ref, factors: factors.ref };
      const [loss, tensors, first, second] = this.#step(
        this.#tensors,
        this.#first,
        this.#second,
        rate,
        correction,
        batch,
      );
      [this.#tensors, this.#first, this.#second] = [tensors, first, second];
      loss.item();
    }
    return this.#documents;
  }
}

function paddedBatch(documents: readonly (readonly Token[])[], t: number, v: number): Batch {
  const b = documents.length;
  const inputs = new Float32Array(b * t * v);
  const targets = new Float32Array(b * t * v);
  const factors = new Float32Array(b * t);
  documents.forEach((document, row) => {
    for (let position = 0; position < document.length - 1; position++) {
      const at = row * t + position;
      inputs[at * v + (document[position] as number)] = 1;
      targets[at * v + (document[position + 1] as number)] = 1;
      factors[at] = 1 / (b * (document.length - 1));
    }
  });
  return {
    inputs: np.array(inputs).reshape([b, t, v]),
    targets: np.array(targets).reshape([b, t, v]),
    factors: np.array(factors).reshape([b, t]),
  };
}

function readTensors(spec: TrainingWork["spec"], file: string): Tensors {
  const numbers = new Float32Array(Deno.readFileSync(file).buffer);
  let at = 0;
  return Object.fromEntries(
    tensorShapes(spec).map(({ name, rows, columns }) => {
      const values = numbers.slice(at, at += rows * columns);
      return [name, np.array(values).reshape([rows, columns])];
    }),
  );
}

function answer({ prepare, item, measure: measured, seconds = 0, loss }: Request): object {
  if (prepare !== undefined && item !== undefined) {
    works.set(prepare, new Training(item));
    return {};
  }
  const work = works.get(measured ?? loss ?? "");
  if (work === undefined) throw new RangeError("Cannot answer: expected a work that is prepared");
  return measured === undefined ? { loss: work.loss() } : repeat(() => work.once(), seconds);
}

/** Answers request after request; jax-js may compute in threads of its own. */
async function serve(): Promise<void> {
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  // deno-lint-ignore no-console
  const say = (message: object): void => console.log(JSON.stringify(message));
  say({ name: "jax-js", version: VERSION, threads: 0 });
  for await (const line of linesOf(Deno.stdin.readable)) say(answer(JSON.parse(line)));
}

const works = new Map<string, Training>();
await serve();
