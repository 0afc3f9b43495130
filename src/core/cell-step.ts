/** What a cell's functions must give, checked where they are called: a step that gives something else fails far away. */
import type { CellStep, Tree } from './contracts.ts';
import { UsageError } from './errors.ts';
import { showShape } from './shape.ts';
import * as tf from './tf.ts';
import { leaves } from './tree.ts';

/** A shape, or what stands where a tensor should. */
function shown(value: unknown): string {
  if (value instanceof tf.Tensor) return showShape(value.shape);
  return typeof value === 'object' && value !== null ? 'another object' : String(value);
}

const formOf = (tree: Tree) =>
  leaves<tf.Tensor>(tree)
    .map(([path, leaf]) => `${path} ${shown(leaf)}`)
    .join(', ') || 'nothing';

/**
 * Refuses what `init` gave unless it is a tree of tensors.
 * @throws UsageError naming the first leaf that is none
 */
export function checkParams(name: string, params: Tree): void {
  const wrong = leaves<unknown>((params ?? {}) as never).find(([, leaf]) => !(leaf instanceof tf.Tensor));
  if (wrong)
    throw new UsageError(
      `${name}: expected tensors as parameters, got ${shown(wrong[1])} for ${wrong[0] || 'all'}; give init's result a tensor there`,
    );
}

/**
 * Refuses a step that is none: no output of the cell's size, or a state of another form than the one before.
 * @throws UsageError
 */
export function checkStep(
  cell: { readonly outputSize: number },
  { before, after, batchSize }: { before: Tree; after: CellStep<Tree>; batchSize: number },
): void {
  if (after?.output === undefined || after.state === undefined)
    throw new UsageError(`step: expected { output, state }, got ${shown(after)}; return both`);
  const wanted = showShape([batchSize, cell.outputSize]);
  if (shown(after.output) !== wanted)
    throw new UsageError(
      `step: expected an output of ${wanted}, examples and outputSize, got ${shown(after.output)}; mend outputSize or the output`,
    );
  const [expected, got] = [formOf(before), formOf(after.state)];
  if (expected !== got)
    throw new UsageError(
      `step: expected a state of the initial state's form (${expected}), got ${got}; return every part, in shape and order as it was`,
    );
}
