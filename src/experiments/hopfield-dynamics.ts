/** What settling does: energy falls one flip after the other, and all at once two states may alternate, never more. */
import { rng } from '../core/rng.ts';
import { SpinMemory } from '../memories/spins/spin-memory.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { check, type Experiment, type Outcome } from './experiment.ts';
import { randomPattern, randomPatterns } from './sampling.ts';

const UNITS = 100;
const LOADS = [5, 10, 20, 40, 80];
const STARTS = 200;

/** The experiment. */
export const hopfieldDynamics: Experiment = {
  id: 'hopfield.dynamics',
  claim:
    'One unit after the other the energy never rises and a fixed point is reached; all at once a symmetric net ends in a fixed point or in two states that alternate.',
  source: 'Hopfield 1982; Goles and Olivos 1981',
  run,
};

function run({ seed }: { readonly seed: number }): Outcome {
  let [rises, unsettled, longer, pairs] = [0, 0, 0, 0];
  const shares = LOADS.map((count) => {
    const stream = rng(seed, `hopfield.dynamics/${count}`);
    const memory = new SpinMemory({ units: UNITS });
    for (const pattern of randomPatterns(count, UNITS, stream)) memory.store(pattern);
    let alternating = 0;
    for (let start = 0; start < STARTS; start++) {
      const cue = randomPattern(UNITS, stream);
      const one = memory.complete(cue, { energies: true, seed: start });
      const energies = one.energies!;
      rises += energies.filter((energy, at) => at > 0 && energy > energies[at - 1]! + 1e-9).length;
      if (!one.settled || !isFixed(memory, one.value)) unsettled++;
      const all = memory.complete(cue, { order: 'synchronous' });
      if (!all.settled || !returns(memory, all.value, all.cycle!)) longer++;
      if (all.cycle === 2) alternating++;
    }
    pairs += alternating;
    return { x: count / UNITS, value: alternating / STARTS };
  });
  return {
    checks: [
      check('rises of the energy', rises, { most: 0 }),
      check('ends that a flip would lower', unsettled, { most: 0 }),
      check('ends of more than two states', longer, { most: 0 }),
      check('ends of two states', pairs, { least: 1 }),
    ],
    figures: [
      linesFigure(
        {
          name: 'hopfield-dynamics',
          title: 'Two states that alternate',
          subtitle: `${UNITS} units all at once, ${STARTS} random starts at each load, seed ${seed}`,
          description: 'Share of random starts that end in two alternating states, over the load.',
        },
        {
          xName: 'load alpha = P / N',
          yName: 'share of starts',
          lines: [{ name: 'two states', points: shares }],
        },
      ),
    ],
  };
}

/** No unit has a field against it. */
function isFixed(memory: SpinMemory, state: Float64Array): boolean {
  return memory.fields(state).every((field, i) => field * state[i]! > -1e-9);
}

/** The state comes back after as many updates of all units as were told, and not before. */
function returns(memory: SpinMemory, state: Float64Array, cycle: 1 | 2): boolean {
  // N times a field is a whole number: rounding makes draws of it what they are.
  const next = (from: Float64Array) =>
    memory.fields(from).map((field, i) => Math.sign(Math.round(UNITS * field)) || from[i]!);
  const once = next(state);
  const same = (other: Float64Array) => other.every((spin, i) => spin === state[i]);
  return cycle === 1 ? same(once) : !same(once) && same(next(once));
}
