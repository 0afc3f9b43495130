/**
 * Einstein summation as products of matrices, so that it has a gradient on every backend and compiles. TensorFlow.js has
 * a kernel without a gradient, on some backends only.
 * Axes are never joined in the result, because one of them is the batch: of each side all free axes but the last are
 * leading axes of the product. Left out: an axis twice in one operand (`ii->i`) and `...`.
 */
import { UsageError } from '../errors.ts';
import { showShape } from '../shape.ts';
import * as tf from './import.ts';

/** A tensor with a letter for each axis. */
interface Lettered {
  readonly tensor: tf.Tensor;
  readonly letters: string;
}

/**
 * Sums products of the tensors' elements over all letters that are not in the result: `einsum('bij,bj->bi', m, v)`.
 * Without `->` the result has the letters that appear once, in order.
 * @throws UsageError when the equation is none, or does not fit the tensors
 */
export function einsum(equation: string, ...tensors: tf.Tensor[]): tf.Tensor {
  const { sides, result } = parsed(equation, tensors);
  let whole = sides[0]!;
  sides.slice(1).forEach((side, i) => {
    const later =
      result +
      sides
        .slice(i + 2)
        .map(({ letters }) => letters)
        .join('');
    whole = product(whole, side, (letter) => later.includes(letter));
  });
  const summed = sumOver(whole, (letter) => !result.includes(letter));
  return inOrder(summed, result);
}

function refuse(equation: string, expected: string, got: string): never {
  throw new UsageError(`einsum '${equation}': expected ${expected}, got ${got}; write it like 'bij,bj->bi'`);
}

function parsed(equation: string, tensors: readonly tf.Tensor[]): { sides: Lettered[]; result: string } {
  const [left = '', right, ...rest] = equation.replaceAll(' ', '').split('->');
  const lists = left.split(',');
  if (rest.length > 0 || ![...lists, right ?? ''].every((letters) => /^[a-zA-Z]*$/.test(letters)))
    refuse(equation, 'letters, commas and one ->', 'something else');
  if (lists.length !== tensors.length) refuse(equation, `${lists.length} tensors`, String(tensors.length));
  const sizes = new Map<string, number>();
  const sides = lists.map((letters, i): Lettered => {
    const { shape } = tensors[i]!;
    if (letters.length !== shape.length)
      refuse(equation, `${letters.length} axes for '${letters}'`, showShape(shape));
    if (new Set(letters).size !== letters.length)
      refuse(equation, 'each letter once in an operand', `'${letters}'`);
    [...letters].forEach((letter, axis) => {
      const known = sizes.get(letter) ?? shape[axis]!;
      if (known !== shape[axis]) refuse(equation, `${known} for '${letter}' everywhere`, String(shape[axis]));
      sizes.set(letter, known);
    });
    return { tensor: tensors[i]!, letters };
  });
  const all = lists.join('');
  const once = [...new Set(all)]
    .filter((letter) => all.split(letter).length === 2)
    .sort()
    .join('');
  const result = right ?? once;
  if (new Set(result).size !== result.length || ![...result].every((letter) => sizes.has(letter)))
    refuse(equation, 'a result with letters of the operands, each once', `'${result}'`);
  return { sides, result };
}

function sumOver({ tensor, letters }: Lettered, gone: (letter: string) => boolean): Lettered {
  const axes = [...letters].flatMap((letter, axis) => (gone(letter) ? [axis] : []));
  if (axes.length === 0) return { tensor, letters };
  return { tensor: tf.sum(tensor, axes), letters: [...letters].filter((letter) => !gone(letter)).join('') };
}

function inOrder({ tensor, letters }: Lettered, wanted: string): tf.Tensor {
  return letters === wanted
    ? tensor
    : tf.transpose(
        tensor,
        [...wanted].map((letter) => letters.indexOf(letter)),
      );
}

/** The product of two, summed over the letters that nothing later needs. */
function product(a: Lettered, b: Lettered, needed: (letter: string) => boolean): Lettered {
  const left = sumOver(a, (letter) => !b.letters.includes(letter) && !needed(letter));
  const right = sumOver(b, (letter) => !a.letters.includes(letter) && !needed(letter));
  const shared = [...left.letters].filter((letter) => right.letters.includes(letter));
  const contracted = shared.filter((letter) => !needed(letter)).join('');
  const free = (own: Lettered, other: Lettered) =>
    [...own.letters].filter((letter) => !other.letters.includes(letter));
  const [rows, columns] = [free(left, right), free(right, left)];
  // In the order of the first operand, so that a batch axis that leads stays in front.
  const lead = [...left.letters]
    .filter((letter) => (shared.includes(letter) && needed(letter)) || rows.slice(0, -1).includes(letter))
    .concat(columns.slice(0, -1))
    .join('');
  const [row, column] = [rows.at(-1) ?? '', columns.at(-1) ?? ''];
  const letters = lead + row + column;
  if (contracted === '') return { letters, tensor: tf.mul(spread(left, letters), spread(right, letters)) };
  const [m, n] = matrices({ left, right, lead, row, column, contracted });
  const whole = tf.matMul(m, n);
  const kept = whole.shape.filter(
    (_, axis) => axis < lead.length || (axis === lead.length ? row !== '' : column !== ''),
  );
  return { letters, tensor: tf.reshape(whole, kept) };
}

/** With an axis of 1 for each letter that it has not. */
function spread(own: Lettered, letters: string): tf.Tensor {
  const mine = [...letters].filter((letter) => own.letters.includes(letter)).join('');
  const ordered = inOrder(own, mine);
  return tf.reshape(
    ordered,
    [...letters].map((letter) => (own.letters.includes(letter) ? ordered.shape[mine.indexOf(letter)]! : 1)),
  );
}

interface Factors {
  readonly left: Lettered;
  readonly right: Lettered;
  readonly lead: string;
  readonly row: string;
  readonly column: string;
  readonly contracted: string;
}

/** [lead..., row, contracted] and [lead..., contracted, column], leading axes that one side has not being 1. */
function matrices({ left, right, lead, row, column, contracted }: Factors): [tf.Tensor, tf.Tensor] {
  const shape = (own: Lettered, letters: string) =>
    [...letters].map((letter) => own.tensor.shape[own.letters.indexOf(letter)] ?? 1);
  const size = shape(left, contracted).reduce((count, length) => count * length, 1);
  const m = tf.reshape(spread(left, lead + row + contracted), [
    ...shape(left, lead),
    ...last(shape(left, row)),
    size,
  ]);
  const n = tf.reshape(spread(right, lead + contracted + column), [
    ...shape(right, lead),
    size,
    ...last(shape(right, column)),
  ]);
  const [a, b] = [shape(left, lead), shape(right, lead)];
  if (a.join() === b.join()) return [m, n];
  // TensorFlow.js multiplies many matrices by one, or by as many; anything between is repeated first.
  const one = (sizes: readonly number[]) => sizes.every((length) => length === 1);
  if (one(a) || one(b)) return [m, n];
  const both = a.map((length, axis) => Math.max(length, b[axis]!));
  return [m, n].map((matrix) => tf.mul(matrix, tf.ones([...both, 1, 1]))) as [tf.Tensor, tf.Tensor];
}

const last = (sizes: readonly number[]): readonly number[] => (sizes.length === 0 ? [1] : sizes);
