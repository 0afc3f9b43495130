/**
 * The differentiable neural computer: Graves et al. 2016, Methods. ' is a step ago, u' after its write; heads in links.ts.
 *   psi = prod_r (1 - f w^r')      u = psi u'         a = allocation(u)       w^w = g^w (g^a a + (1 - g^a) content(M'))
 *   M = M' o (1 - w^w e) + w^w v   L = links(L', w^w, p')     w^r = pi_b L^T w^r' + pi_f L w^r' + pi_c content(M)     r = w^r M
 * Options of Csordas and Schmidhuber 2019: content by masked keys, M' psi in place of M', sharpened L w^r' and L^T w^r'.
 * Several write heads take their slots in turn and have links of their own, and cosines are floored by 1e-6, as in the
 * published code. Deviations: the gradient flows through w^w into usage, which that code stops; usages within 1e-5 count
 * as equal; LSTM layers see only the one below. Left out: that code's clipping of the output at 20.
 */
import type { Cell, CellKind, CellSizes, CellStep } from '../../core/contracts.ts';
import * as tf from '../../core/tf.ts';
import { contentWeights } from '../addressing/content.ts';
import { readMemory, writeMemory } from '../addressing/memory-access.ts';
import { type ControllerParams, type ControllerState, controller } from '../controller.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { allocations, retention, writtenUsage } from '../prominence/dnc.ts';
import { type Interface, type InterfaceParams, interfaceOf, interfaceParams } from './interface.ts';
import { followLinks, writtenLinks, writtenPrecedence } from './links.ts';
import { checkDncSettings, type DncSettings, dncSettings } from './settings.ts';

type Params = { readonly controller: ControllerParams; readonly interface: InterfaceParams };
/** What a step hands on; all zero before the first but for the controller's learned start. */
type State = {
  readonly controller: ControllerState;
  /** r, [B,R W] */
  readonly read: tf.Tensor2D;
  /** w^r, [B,R,N] */
  readonly readWeights: tf.Tensor3D;
  /** u after the write, [B,N] */
  readonly usage: tf.Tensor2D;
  /** L of each write head, [B,N,N] */
  readonly links: readonly tf.Tensor3D[];
  /** p, [B,V,N] */
  readonly precedence: tf.Tensor3D;
  /** M, [B,N,W] */
  readonly memory: tf.Tensor3D;
};

/** Floor of norms and of their product, the published code's: memory starts at zero, where any key is alike by 0. */
const EPSILON = 1e-6;

/** The rows of each head, [B,V,N] -> V of [B,N]. */
function byHead(rows: tf.Tensor3D): tf.Tensor2D[] {
  const [batchSize, heads, slots] = rows.shape;
  if (heads === 1) return [tf.reshape(rows, [batchSize, slots])];
  return tf.split(rows, heads, 1).map((row) => tf.reshape(row, [batchSize, slots]));
}

/** Where write heads write, [B,V,N]. @param usage after freeing */
function writeWeights(memory: tf.Tensor3D, usage: tf.Tensor2D, told: Interface): tf.Tensor3D {
  const { allocationGate, writeGate } = told;
  const found = contentWeights({ memory, ...told.write, epsilon: EPSILON });
  const free = allocations(usage, tf.mul(allocationGate, writeGate));
  const aimed = tf.add(tf.mul(free, allocationGate), tf.mul(found, tf.sub(1, allocationGate)));
  return tf.mul(aimed, writeGate);
}

/** Where read heads read, [B,R,N]. @param before w^r' */
function readWeightsOf(
  memory: tf.Tensor3D,
  links: readonly tf.Tensor3D[],
  before: tf.Tensor3D,
  told: Interface,
) {
  const modes = tf.split(told.modes, told.modes.shape[2], 2);
  const found = contentWeights({ memory, ...told.read, epsilon: EPSILON });
  return links.reduce<tf.Tensor3D>(
    (sum, link, v) => {
      const { backward, forward } = followLinks(link, before, told.sharpness?.[v]);
      const followed = tf.add(tf.mul(backward, modes[v]!), tf.mul(forward, modes[links.length + v]!));
      return tf.add(sum, followed);
    },
    tf.mul(found, modes.at(-1)!),
  );
}

const probes = {
  readWeights: { title: 'read weights w', axes: ['head', 'slot'] },
  writeWeights: { title: 'write weights w', axes: ['head', 'slot'] },
  usage: { title: 'usage of the slots', axes: ['slot'] },
  links: { title: 'links L, to slots from slots', axes: ['head', 'to', 'from'] },
  readModes: { title: 'read modes \u03c0: backward, forward, content', axes: ['head', 'mode'] },
  freeGate: { title: 'free gate f', axes: ['head'] },
  allocationGate: { title: 'allocation gate g', axes: ['head'] },
  writeGate: { title: 'write gate g', axes: ['head'] },
  memory: { title: 'memory M', axes: ['slot', 'entry'] },
};

function create(settings: DncSettings, { inputSize }: CellSizes): Cell<Params, State> {
  checkDncSettings(settings);
  const { slots, width, readHeads, writeHeads, controllerSize } = settings;
  const steer = controller(settings, inputSize + readHeads * width);

  function step(params: Params, state: State, input: tf.Tensor2D): CellStep<State> {
    const steered = steer.step(params.controller, state.controller, tf.concat([input, state.read], 1));
    const told = interfaceOf(settings, params.interface, steered.output);
    const kept = retention(told.freeGate, state.readWeights);
    const usage: tf.Tensor2D = tf.mul(state.usage, kept);
    const written = writeWeights(state.memory, usage, told);
    const held = settings.erasingDeallocation ? tf.mul(state.memory, tf.expandDims(kept, 2)) : state.memory;
    const memory = writeMemory(held as tf.Tensor3D, { weights: written, erase: told.erase, add: told.value });
    const before = byHead(state.precedence);
    const links = byHead(written).map((row, v) => writtenLinks(state.links[v]!, row, before[v]!));
    const readWeights = readWeightsOf(memory, links, state.readWeights, told);
    const read = readMemory(memory, readWeights);
    return {
      output: tf.concat([steered.output, read], 1),
      state: {
        controller: steered.state,
        read,
        readWeights,
        usage: writtenUsage(usage, written),
        links,
        precedence: writtenPrecedence(state.precedence, written),
        memory,
      },
      probe: lazyProbe({
        readWeights: () => readWeights,
        writeWeights: () => written,
        usage: () => usage,
        links: () => tf.stack([...links], 1),
        readModes: () => told.modes,
        freeGate: () => tf.squeeze(told.freeGate, [2]),
        allocationGate: () => tf.squeeze(told.allocationGate, [2]),
        writeGate: () => tf.squeeze(told.writeGate, [2]),
        memory: () => memory,
      }),
    };
  }

  return {
    name: 'dnc',
    inputSize,
    outputSize: controllerSize + readHeads * width,
    slots,
    probes,
    init: (rng) => ({ controller: steer.init(rng), interface: interfaceParams(rng, settings) }),
    initialState: (params, batchSize) => ({
      controller: steer.start(params.controller, batchSize),
      read: tf.zeros([batchSize, readHeads * width]),
      readWeights: tf.zeros([batchSize, readHeads, slots]),
      usage: tf.zeros([batchSize, slots]),
      links: Array.from({ length: writeHeads }, () => tf.zeros<tf.Rank.R3>([batchSize, slots, slots])),
      precedence: tf.zeros([batchSize, writeHeads, slots]),
      memory: tf.zeros([batchSize, slots, width]),
    }),
    step,
  };
}

/** A differentiable neural computer; its output is the controller's and what the heads read, side by side: D = H + R W. */
export const dnc: CellKind<DncSettings> = {
  name: 'dnc',
  source: 'Graves et al. 2016; Csordas and Schmidhuber 2019',
  summary: 'differentiable neural computer: heads that find free slots and follow the order of writing',
  strengths:
    'Finds free slots and the order of writing by itself (Graves et al. 2016): of the cells with slots it learned copy in the fewest sequences, as measured.',
  limits:
    'Links grow with the square of the slots, and reading along them blurs (Csordas and Schmidhuber 2019); no seed of three solved mqar as measured.',
  settings: dncSettings,
  create,
};
