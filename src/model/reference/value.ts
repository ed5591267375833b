/**
 * A number that remembers how it was computed, for reverse-mode automatic differentiation.
 *
 * Each operation makes a new value that holds its one or two inputs and the derivative of the result
 * with respect to each; {@linkcode Value.backward} then applies the chain rule from the end to the
 * beginning. Subtraction and division are built from negation and the power −1, so their rounding
 * is that of those operations.
 */
export class Value {
  /** Counts the backward passes, so that a node can tell whether this one has reached it. */
  static #passes = 0;
  /** The number itself. */
  data: number;
  /** Derivative of the value on which `backward` was called with respect to this one. */
  gradient = 0;
  readonly #left: Value | undefined;
  readonly #leftDerivative: number;
  readonly #right: Value | undefined;
  readonly #rightDerivative: number;
  #reachedBy = 0;

  /** A leaf when only `data` is given; the other arguments record an operation's inputs. */
  constructor(
    data: number,
    left?: Value,
    leftDerivative = 0,
    right?: Value,
    rightDerivative = 0,
  ) {
    this.data = data;
    this.#left = left;
    this.#leftDerivative = leftDerivative;
    this.#right = right;
    this.#rightDerivative = rightDerivative;
  }

  /** `this + other`. */
  add(other: Value | number): Value {
    return typeof other === "number"
      ? new Value(this.data + other, this, 1)
      : new Value(this.data + other.data, this, 1, other, 1);
  }

  /** `this · other`. */
  multiply(other: Value | number): Value {
    return typeof other === "number"
      ? new Value(this.data * other, this, other)
      : new Value(this.data * other.data, this, other.data, other, this.data);
  }

  /** `this` to a constant power; d(xⁿ)/dx = n·xⁿ⁻¹. */
  power(exponent: number): Value {
    return new Value(
      Math.pow(this.data, exponent),
      this,
      exponent * Math.pow(this.data, exponent - 1),
    );
  }

  /** `−this`. */
  negate(): Value {
    return this.multiply(-1);
  }

  /** `this − other`. */
  subtract(other: Value | number): Value {
    return this.add(typeof other === "number" ? -other : other.negate());
  }

  /** `this / other`, computed as `this · other⁻¹`. */
  divide(other: Value | number): Value {
    return this.multiply(typeof other === "number" ? 1 / other : other.power(-1));
  }

  /** eˣ. */
  exp(): Value {
    const result = Math.exp(this.data);
    return new Value(result, this, result);
  }

  /**
   * Natural logarithm of the value or of `floor`, whichever is larger. The gradient flows through
   * the floor, 1 / max(x, floor), so that a clamped probability can still be learned.
   */
  logAtLeast(floor: number): Value {
    const clamped = Math.max(this.data, floor);
    return new Value(Math.log(clamped), this, 1 / clamped);
  }

  /** max(0, this); derivative 0 at 0. */
  relu(): Value {
    return new Value(Math.max(0, this.data), this, this.data > 0 ? 1 : 0);
  }

  /**
   * Adds to the `gradient` of every value that this one was computed from. Gradients accumulate over
   * calls: set them to 0 in between.
   */
  backward(): void {
    const order = this.#inputsFirst();
    this.gradient = 1;
    for (let i = order.length - 1; i >= 0; i--) {
      const node = order[i] as Value;
      const left = node.#left;
      if (left === undefined) continue;
      left.gradient += node.#leftDerivative * node.gradient;
      const right = node.#right;
      if (right !== undefined) right.gradient += node.#rightDerivative * node.gradient;
    }
  }

  /**
   * Everything this value depends on and itself last, each after its own inputs: depth first, left
   * before right. An explicit stack, since a graph is as deep as the computation was long.
   */
  #inputsFirst(): Value[] {
    const pass = ++Value.#passes;
    const order: Value[] = [];
    const stack: Value[] = [this];
    this.#reachedBy = pass;
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const left = node.#left;
      const right = node.#right;
      if (left !== undefined && left.#reachedBy !== pass) {
        left.#reachedBy = pass;
        stack.push(left);
      } else if (right !== undefined && right.#reachedBy !== pass) {
        right.#reachedBy = pass;
        stack.push(right);
      } else {
        order.push(node);
        stack.pop();
      }
    }
    return order;
  }
}
