/** Numbers in row-major order; no dimension is zero, and the shape of a single number is empty. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function shapeText(shape: readonly (number | undefined)[]): string {
  return `[${shape.map((size) => size ?? '?').join(', ')}]`;
}

/**
 * Shape of an elementwise result: sizes are compared from the last dimension on, and 1 stretches (NumPy, "Broadcasting").
 * Undefined when the shapes do not fit.
 */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let d = 0; d < rank; d++) {
    const [inA, inB] = [a[d - rank + a.length] ?? 1, b[d - rank + b.length] ?? 1];
    if (inA !== inB && inA !== 1 && inB !== 1) return undefined;
    shape.push(inA === 1 ? inB : inA);
  }
  return shape;
}

/** For each element of `to`, the place of the element of `from` that is stretched over it. */
export function broadcastPlaces(from: readonly number[], to: readonly number[]): Int32Array {
  const strides = new Array<number>(to.length).fill(0);
  let stride = 1;
  for (let d = from.length - 1; d >= 0; d--) {
    const size = from[d] ?? 1;
    if (size !== 1) strides[d + to.length - from.length] = stride;
    stride *= size;
  }
  const places = new Int32Array(elementCount(to));
  const index = new Array<number>(to.length).fill(0);
  let place = 0;
  for (let i = 0; i < places.length; i++) {
    places[i] = place;
    for (let d = to.length - 1; d >= 0; d--) {
      const [next, step] = [(index[d] ?? 0) + 1, strides[d] ?? 0];
      if (next < (to[d] ?? 1)) {
        index[d] = next;
        place += step;
        break;
      }
      place -= step * (next - 1);
      index[d] = 0;
    }
  }
  return places;
}
