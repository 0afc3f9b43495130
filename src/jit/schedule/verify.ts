/** The rules that every program keeps; a plan that breaks one is wrong, and this says where. */
import { names } from '../ir/names.ts';
import type { Action, Place, Program } from './program.ts';

/**
 * Checks what a program's phases touch: one that works on all steps at once only what has a record for each of them, the
 * forward pass no gradient. @throws Error that names the action
 */
export function verifyProgram({ buffers, phases }: Program): void {
  for (const { name, over, rows, actions } of phases)
    for (const action of actions)
      for (const place of placesOf(action)) {
        const buffer = buffers[place.buffer]!;
        const what = `internal: verify: ${name}: ${action.kind} touches ${buffer.name}`;
        if (rows === 'all' && buffer.kind === 'rows' && buffer.slots !== 'all')
          throw new Error(`${what}, which has no record for each step`);
        if (over === 'forward' && names.isGradient(buffer.name))
          throw new Error(`${what}, which is known on the way back`);
      }
}

function placesOf(action: Action): readonly Place[] {
  switch (action.kind) {
    case 'product':
      return [action.left, action.right, action.output];
    case 'region':
      return action.steps.flatMap((step) => {
        if (step.kind === 'nest') return step.body.flatMap((one) => ('place' in one ? [one.place] : []));
        return 'index' in step ? [step.input, step.index, step.output] : [step.input, step.output];
      });
    default:
      return [];
  }
}
