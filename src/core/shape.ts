/** Shapes: how many elements, and how they are written for a person. */

/** How many elements an array of this shape has. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** `[2,3]`, as every message writes a shape. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(',')}]`;
}
