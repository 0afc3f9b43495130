/** Digits as vectors. */
import type { Digits } from './experiment.ts';

/** The first images, each divided by its mean. */
export function normalizedDigits({ images, pixels }: Digits, count: number): Float64Array[] {
  return Array.from({ length: count }, (_, item) => {
    const image = Float64Array.from(images.subarray(item * pixels, (item + 1) * pixels));
    const mean = image.reduce((a, b) => a + b, 0) / pixels;
    return image.map((value) => value / mean);
  });
}

/** Squared Euclidean distances of all points from one. */
export function squaredDistances(points: readonly Float64Array[], from: Float64Array): Float64Array {
  return Float64Array.from(points, (point) => {
    let sum = 0;
    for (let i = 0; i < from.length; i++) sum += (point[i]! - from[i]!) ** 2;
    return sum;
  });
}
