/** Vectors without their mean and the directions in which they differ most (Mu and Viswanath 2018, "all but the top"). */

const ITERATIONS = 100;

/** Rows [count, width] without them. */
export function withoutMainDirections(rows: Float64Array, width: number, removed: number): Float64Array {
  const count = rows.length / width;
  const centered = rows.slice();
  for (let i = 0; i < width; i++) {
    let mean = 0;
    for (let at = i; at < rows.length; at += width) mean += rows[at]! / count;
    for (let at = i; at < rows.length; at += width) centered[at]! -= mean;
  }
  const covariance = products(centered, width);
  for (let direction = 0; direction < Math.min(removed, width); direction++)
    removeDirection(centered, covariance, mainDirection(covariance, width));
  return centered;
}

/** X'X, [width, width]. */
function products(rows: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(width * width);
  for (let start = 0; start < rows.length; start += width)
    for (let i = 0; i < width; i++) {
      const value = rows[start + i]!;
      for (let j = 0; j < width; j++) sums[i * width + j]! += value * rows[start + j]!;
    }
  return sums;
}

/** The eigenvector of the largest eigenvalue, by power iteration from the column with the largest diagonal. */
function mainDirection(matrix: Float64Array, width: number): Float64Array {
  let start = 0;
  for (let i = 1; i < width; i++) if (matrix[i * width + i]! > matrix[start * width + start]!) start = i;
  let vector = matrix.slice(start * width, (start + 1) * width);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    if (length === 0) break;
    const unit = vector.map((value) => value / length);
    vector = unit.map((_, i) => {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += matrix[i * width + j]! * unit[j]!;
      return sum;
    });
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** Takes a direction out of rows and of their products, in place. */
function removeDirection(rows: Float64Array, matrix: Float64Array, direction: Float64Array): void {
  const width = direction.length;
  for (let start = 0; start < rows.length; start += width) {
    let along = 0;
    for (let i = 0; i < width; i++) along += rows[start + i]! * direction[i]!;
    for (let i = 0; i < width; i++) rows[start + i]! -= along * direction[i]!;
  }
  matrix.set(products(rows, width));
}
