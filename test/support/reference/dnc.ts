/**
 * The differentiable neural computer in plain loops, one example, float64: Graves et al. 2016, Methods, with the options
 * of Csordas and Schmidhuber 2019 in their literal forms.
 */
import type { Numbers, Sequence } from '../gradient-check.ts';
import {
  affine,
  type ControllerReferenceOptions,
  controllerReferenceStart,
  controllerReferenceStep,
} from './controller.ts';
import { referenceAllocation } from './ntm.ts';

export interface DncReferenceOptions extends ControllerReferenceOptions {
  readonly slots: number;
  readonly width: number;
  readonly readHeads: number;
  readonly writeHeads: number;
  readonly maskedContent: boolean;
  readonly erasingDeallocation: boolean;
  readonly linkSharpness: boolean;
}

type Vector = number[];
type Matrix = Vector[];

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const oneplus = (x: number) => 1 + Math.log(1 + Math.exp(x));
const range = (n: number) => Array.from({ length: n }, (_, index) => index);
const zeros = (rows: number, columns: number): Matrix => range(rows).map(() => Array(columns).fill(0));

function softmax(values: readonly number[]): Vector {
  const powers = values.map(Math.exp);
  return powers.map((power) => power / sum(powers));
}

/** Cosines of key ∘ mask and slot ∘ mask, floored by 1e-6. */
function content(
  memory: Matrix,
  key: Vector,
  { strength, mask }: { strength: number; mask: Vector },
): Vector {
  const length = (v: Vector) => Math.sqrt(sum(v.map((x) => x * x)) + 1e-6);
  const asked = key.map((x, j) => x * mask[j]!);
  return softmax(
    memory.map((slot) => {
      const seen = slot.map((x, j) => x * mask[j]!);
      const product = sum(seen.map((x, j) => x * asked[j]!));
      return (strength * product) / (length(asked) * length(seen) + 1e-6);
    }),
  );
}

/** ((d + 1e-6) / max)^s, normalized. */
function sharpened(weights: Vector, sharpness: number): Vector {
  const raised = weights.map((weight) => weight + 1e-6);
  const most = Math.max(...raised);
  const powers = raised.map((weight) => (weight / most) ** sharpness);
  return powers.map((power) => power / sum(powers));
}

/** The interface layer's columns, dealt out. */
function told(options: DncReferenceOptions, params: Numbers, output: Float64Array) {
  const { width, readHeads: R, writeHeads: V, maskedContent, linkSharpness } = options;
  const raw = [...affine(output, params['interface.kernel']!, params['interface.bias']!)];
  const take = (rows: number, columns: number, f: (x: number) => number = (x) => x): Matrix =>
    range(rows).map(() => raw.splice(0, columns).map(f));
  const [writeKey, readKey, value] = [take(V, width), take(R, width), take(V, width)];
  const [writeStrength, readStrength] = [take(V, 1, oneplus).flat(), take(R, 1, oneplus).flat()];
  const sharpness = range(linkSharpness ? V : 0).map(() => ({
    backward: take(R, 1, oneplus).flat(),
    forward: take(R, 1, oneplus).flat(),
  }));
  const erase = take(V, width, sigmoid);
  const [free, allocate, write] = [R, V, V].map((heads) => take(heads, 1, sigmoid).flat()) as Matrix;
  const mask = (heads: number) =>
    maskedContent ? take(heads, width, sigmoid) : zeros(heads, width).map((row) => row.map(() => 1));
  const [writeMask, readMask] = [mask(V), mask(R)];
  const modes = range(R).map(() => softmax(raw.splice(0, 2 * V + 1)));
  if (raw.length > 0) throw new Error(`reference: ${raw.length} columns are left over`);
  return {
    ...{
      writeKey,
      readKey,
      value,
      writeStrength,
      readStrength,
      sharpness,
      erase,
      writeMask,
      readMask,
      modes,
    },
    ...{ free: free!, allocate: allocate!, write: write! },
  };
}

/** From zeros, but for the controller's learned start. */
export const dncReference =
  (options: DncReferenceOptions) =>
  (params: Numbers, inputs: Sequence): Sequence => {
    const { slots, width, readHeads, writeHeads } = options;
    const all = range(slots);
    let memory = zeros(slots, width);
    let usage = Array<number>(slots).fill(0);
    let readWeights = zeros(readHeads, slots);
    let written = zeros(writeHeads, slots);
    let precedence = zeros(writeHeads, slots);
    let links = range(writeHeads).map(() => zeros(slots, slots));
    let reads = Array<number>(readHeads * width).fill(0);
    let state = controllerReferenceStart(options, params);
    return inputs.map((input) => {
      const shown = Float64Array.from([...input, ...reads]);
      const steered = controllerReferenceStep(options, params, { state, input: shown });
      state = steered.state;
      const t = told(options, params, steered.output);

      // Usage as the paper has it: what the step before wrote, less what is freed now.
      const psi = all.map((i) => readWeights.reduce((kept, row, r) => kept * (1 - t.free[r]! * row[i]!), 1));
      usage = usage.map((u, i) => {
        const untouched = written.reduce((product, row) => product * (1 - row[i]!), 1);
        return (u + (1 - u) * (1 - untouched)) * psi[i]!;
      });
      let used = usage;
      written = range(writeHeads).map((v) => {
        const found = content(memory, t.writeKey[v]!, {
          strength: t.writeStrength[v]!,
          mask: t.writeMask[v]!,
        });
        const free = referenceAllocation(used);
        used = used.map((u, i) => u + (1 - u) * t.allocate[v]! * t.write[v]! * free[i]!);
        return all.map((i) => t.write[v]! * (t.allocate[v]! * free[i]! + (1 - t.allocate[v]!) * found[i]!));
      });
      memory = memory.map((slot, i) =>
        slot.map((before, j) => {
          let kept = before * (options.erasingDeallocation ? psi[i]! : 1);
          for (let v = 0; v < writeHeads; v++) kept *= 1 - written[v]![i]! * t.erase[v]![j]!;
          return kept + sum(written.map((row, v) => row[i]! * t.value[v]![j]!));
        }),
      );
      links = links.map((link, v) => {
        const w = written[v]!;
        return all.map((i) =>
          all.map((j) => (i === j ? 0 : (1 - w[i]! - w[j]!) * link[i]![j]! + w[i]! * precedence[v]![j]!)),
        );
      });
      precedence = precedence.map((p, v) => p.map((x, i) => (1 - sum(written[v]!)) * x + written[v]![i]!));
      readWeights = readWeights.map((before, r) => {
        const found = content(memory, t.readKey[r]!, { strength: t.readStrength[r]!, mask: t.readMask[r]! });
        const next = found.map((weight) => t.modes[r]![2 * writeHeads]! * weight);
        links.forEach((link, v) => {
          let forward = all.map((i) => sum(all.map((j) => link[i]![j]! * before[j]!)));
          let backward = all.map((i) => sum(all.map((j) => link[j]![i]! * before[j]!)));
          const sharp = t.sharpness[v];
          if (sharp) forward = sharpened(forward, sharp.forward[r]!);
          if (sharp) backward = sharpened(backward, sharp.backward[r]!);
          for (const i of all)
            next[i]! += t.modes[r]![v]! * backward[i]! + t.modes[r]![writeHeads + v]! * forward[i]!;
        });
        return next;
      });
      reads = readWeights.flatMap((row) =>
        range(width).map((j) => sum(all.map((i) => row[i]! * memory[i]![j]!))),
      );
      return Float64Array.from([...steered.output, ...reads]);
    });
  };
