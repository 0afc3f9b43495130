/**
 * The Neural Turing Machine: Graves, Wayne and Danihelka 2014. A controller steers heads that read and write a matrix
 * of slots, addressed by content and by place. Every head is differentiable, any number of each kind. Eq. 2 to 9:
 *   c = softmax_i(β cos(k, M[i]))      v = g c + (1 - g) w'      u[i] = Σ_o s[o] v[i - o]      w[i] = u[i]^γ / Σ_j u[j]^γ
 *   M[i] <- M[i] (1 - w[i] e) + w[i] a      r = Σ_i w[i] M[i]
 * k, β, g, s, γ, e and a of each head are the controller's; w' is w a step ago.
 * Left out: peepholes in the controller, clipping of its output.
 */
import type { Cell, CellKind, CellSizes, CellStep } from '../../core/contracts.ts';
import * as tf from '../../core/tf.ts';
import { contentWeights } from '../addressing/content.ts';
import { interpolate, sharpen, shiftWeights } from '../addressing/location.ts';
import { readMemory, writeMemory } from '../addressing/memory-access.ts';
import { type ControllerParams, type ControllerState, controller } from '../controller.ts';
import type { ProminenceRule } from '../prominence/rule.ts';
import { prominenceRules } from '../prominence/rules.ts';
import {
  type AddressControls,
  type HeadControls,
  type HeadLayout,
  type HeadParams,
  headControls,
  headParams,
} from './heads.ts';
import { aboutProbes, probeOf } from './probes.ts';
import { checkNtmSettings, type NtmSettings, ntmSettings } from './settings.ts';
import { memoryStart, randomRows, type StartParams, startParams } from './start.ts';

/** Everything that is learned. */
export type NtmParams = {
  readonly controller: ControllerParams;
  readonly heads: HeadParams;
  readonly start: StartParams;
  readonly prominence: { readonly [name: string]: tf.Tensor };
};

/** What one step hands on: `writeWeights` is where the write heads point, before the gate of the rule `dnc`. */
export type NtmState = {
  readonly controller: ControllerState;
  /** [B,R W] */
  readonly read: tf.Tensor2D;
  /** [B,R,N] */
  readonly readWeights: tf.Tensor3D;
  /** [B,V,N] */
  readonly writeWeights: tf.Tensor3D;
  /** [B,N,W] */
  readonly memory: tf.Tensor3D;
  /** `{ usage: [B,N] }`, or nothing without a rule */
  readonly prominence: { readonly [name: string]: tf.Tensor2D };
};

/** What all heads do to the memory in one step. */
interface Access {
  readonly memory: tf.Tensor3D;
  readonly read: tf.Tensor2D;
  readonly readWeights: tf.Tensor3D;
  readonly pointed: tf.Tensor3D;
  readonly written: tf.Tensor3D;
}

/** What an access starts from: `usage` is after the rule's `release`. */
interface Before {
  readonly rule: ProminenceRule;
  readonly params: NtmParams['prominence'];
  readonly state: NtmState;
  readonly usage: NtmState['prominence'];
  readonly controls: HeadControls;
}

/** Heads of one bank on one memory: eq. 5 to 9 of the paper in a row, [B,K,N]. */
function address(
  from: { memory: tf.Tensor3D; previous: tf.Tensor3D; score: tf.Tensor3D | undefined },
  { key, strength, gate, shift, sharpening }: AddressControls,
): tf.Tensor3D {
  const content = contentWeights({ memory: from.memory, key, strength, score: from.score });
  return sharpen(shiftWeights(interpolate(content, from.previous, gate), shift), sharpening);
}

/** The weights that write, and the memory they leave. */
function write({ rule, params, state, usage, controls }: Before, addressed: tf.Tensor3D) {
  const gates = { read: controls.readGates, write: controls.writeGates };
  const placement = rule.place(params, usage, { gates, addressed });
  const { erase, add } = controls;
  return { ...placement, memory: writeMemory(state.memory, { weights: placement.written, erase, add }) };
}

/** All heads address M_{t-1} at once and read it; then it is written. */
function readThenWrite(before: Before): Access {
  const { rule, params, state, usage, controls } = before;
  const { memory } = state;
  const heads = [state.readWeights.shape[1], state.writeWeights.shape[1]] as const;
  const previous = tf.concat([state.readWeights, state.writeWeights], 1);
  const score = rule.score(params, usage, { read: heads[0], write: heads[1] });
  const weights = address({ memory, previous, score }, controls.banks[0]!);
  const [readWeights, addressed] = tf.split(weights, [...heads], 1) as [tf.Tensor3D, tf.Tensor3D];
  return { readWeights, read: readMemory(memory, readWeights), ...write(before, addressed) };
}

/** Write heads address M_{t-1} and write; then read heads address M_t and read it. */
function writeThenRead(before: Before): Access {
  const { rule, params, state, usage, controls } = before;
  const [readBank, writeBank] = controls.banks as [AddressControls, AddressControls];
  const writeScore = rule.score(params, usage, { read: 0, write: state.writeWeights.shape[1] });
  const toWrite = { memory: state.memory, previous: state.writeWeights, score: writeScore };
  const after = write(before, address(toWrite, writeBank));
  const readScore = rule.score(params, usage, { read: state.readWeights.shape[1], write: 0 });
  const toRead = { memory: after.memory, previous: state.readWeights, score: readScore };
  const readWeights = address(toRead, readBank);
  return { readWeights, read: readMemory(after.memory, readWeights), ...after };
}

/** How the settings lay out the head layer. */
function headLayout(settings: NtmSettings, rule: ProminenceRule): HeadLayout {
  const { readHeads, writeHeads, width, shiftRange, order } = settings;
  return {
    readHeads,
    writeHeads,
    width,
    offsets: 2 * shiftRange + 1,
    readGates: rule.readGates.length,
    writeGates: rule.writeGates.length,
    banks: order === 'read-then-write' ? [readHeads + writeHeads] : [readHeads, writeHeads],
  };
}

function create(settings: NtmSettings, { inputSize }: CellSizes): Cell<NtmParams, NtmState> {
  checkNtmSettings(settings);
  const { slots, width, readHeads, writeHeads, controllerSize } = settings;
  const rule = prominenceRules[settings.prominence];
  const layout = headLayout(settings, rule);
  const steer = controller(settings, inputSize + readHeads * width);
  const rows = settings.memoryStart === 'random' ? randomRows(settings) : undefined;
  const access = settings.order === 'read-then-write' ? readThenWrite : writeThenRead;

  function step(params: NtmParams, state: NtmState, input: tf.Tensor2D): CellStep<NtmState> {
    const steered = steer.step(params.controller, state.controller, tf.concat([input, state.read], 1));
    const controls = headControls(layout, params.heads, steered.output);
    const gates = { read: controls.readGates, write: controls.writeGates };
    const usage = rule.release(state.prominence, gates, state.readWeights);
    const after = access({ rule, params: params.prominence, state, usage, controls });
    const { memory, read, readWeights, pointed, written } = after;
    return {
      output: tf.concat([steered.output, read], 1),
      state: {
        controller: steered.state,
        read,
        readWeights,
        writeWeights: pointed,
        memory,
        prominence: rule.update(params.prominence, usage, { read: readWeights, written }),
      },
      probe: probeOf(rule, after, { usage, controls }),
    };
  }

  return {
    name: 'ntm',
    inputSize,
    outputSize: controllerSize + readHeads * width,
    slots,
    probes: aboutProbes(rule, layout.offsets),
    init: (rng) => ({
      controller: steer.init(rng),
      heads: headParams(rng, controllerSize, layout),
      start: startParams(settings, rng),
      prominence: rule.init(writeHeads),
    }),
    initialState: (params, size) => ({
      controller: steer.start(params.controller, size),
      ...memoryStart(settings, params.start, { size, rows }),
      prominence: rule.start(size, slots),
    }),
    step,
  };
}

/** A Neural Turing Machine; its output is the controller's and what the heads read, side by side: D = H + R W. */
export const ntm: CellKind<NtmSettings> = {
  name: 'ntm',
  source: 'Graves, Wayne and Danihelka 2014',
  summary: 'Neural Turing Machine: a controller with heads on a matrix memory',
  strengths:
    'Walks its slots in order, and so copies sequences several times as long as those of training (Graves et al. 2014, section 4.1).',
  limits:
    'Depends on its start: learning is slow or fails where the memory begins badly (Collier and Beel 2018). As measured one seed of three failed at copy, and all at mqar.',
  settings: ntmSettings,
  create,
};
