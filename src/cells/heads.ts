/** Heads: memories side by side that share a width evenly. */
import { UsageError } from '../core/errors.ts';

/**
 * Numbers of heads, up to 16, that divide a width and leave each so much, or a multiple of `unit`, in words: `1, 2 or 4`.
 * Nobody wants more.
 */
export function headsThatDivide(size: number, least = 1, unit = 1): string {
  const some = Array.from({ length: 16 }, (_, i) => i + 1);
  const found = some.filter((heads) => size % (heads * unit) === 0 && size / heads >= least);
  return found.length === 1 ? '1' : `${found.slice(0, -1).join(', ')} or ${found.at(-1)}`;
}

/**
 * The width of one head whose answer is normalized: at least 2, since a single number less its mean is 0.
 * @throws UsageError where heads do not divide the size, or leave less than 2 numbers each
 */
export function headSize(cell: string, size: number, heads: number): number {
  const width = size / heads;
  if (Number.isInteger(width) && width >= 2) return width;
  const wanted = Number.isInteger(width) ? 'heads of at least 2 numbers' : `heads that divide size ${size}`;
  const cure = size > 1 ? `take ${headsThatDivide(size, 2)} heads, or size ` : 'take size ';
  throw new UsageError(
    `${cell}: expected ${wanted}, got ${heads}; ${cure}${Math.max(2, Math.ceil(width)) * heads}`,
  );
}
