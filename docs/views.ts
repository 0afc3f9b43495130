/** What the picture of each cell shows: the task that it is trained on, and what of its memory tells the most. */

/** A panel: a probe over time, weights of so many steps back, or the traces that each input leaves in a probe. */
export type Look =
  | { readonly map: string }
  | { readonly title: string; readonly stepsBack: string }
  | { readonly title: string; readonly traces: string };

/** A picture. */
export interface View {
  readonly task: string;
  readonly seed: number;
  readonly rate: number;
  /** What is to be seen, in one line. */
  readonly caption: string;
  /** Of a stack, the layer that is shown; counts from 1. */
  readonly layer?: number;
  readonly looks: readonly Look[];
  /** Settings of the sequence that is shown, over those of training. */
  readonly shown?: Readonly<Record<string, unknown>>;
}

/** The name under which answers stand beside the probes. */
export const ANSWER = 'answer';

const trace = (traces: string, where: string): Look => ({ title: `trace of each input in ${where}`, traces });
const answer = trace(ANSWER, 'the answer: on which inputs it depends');
const copy = { task: 'copy', seed: 1001, rate: 1e-2, shown: { minLength: 5, maxLength: 5 } };
const mqar = { task: 'mqar', seed: 1001, rate: 1e-2, shown: { power: 1 } };
const bound = 'Pairs leave more of a trace than blanks; asked for a key, it answers by the value beside it.';

/** By cell. */
export const views: Readonly<Record<string, View>> = {
  'associative-lstm': {
    ...copy,
    caption: 'All inputs lie over each other in one memory; each answer takes up its own.',
    looks: [trace('memory', 'the memory'), answer],
  },
  attention: {
    ...mqar,
    caption: 'Asked for a key, it attends to the value that stood beside it.',
    layer: 1,
    looks: [{ title: 'attention to each step, layer 1 of 2', stepsBack: 'attention' }, answer],
  },
  delta: {
    ...mqar,
    caption: bound,
    layer: 2,
    looks: [trace('memory', 'the memory S, layer 2 of 2'), answer],
  },
  dnc: {
    ...copy,
    caption: 'Writes go to free slots one by one; reads find them in the order of writing.',
    looks: [{ map: 'writeWeights' }, { map: 'readWeights' }],
  },
  'fast-weights': {
    ...copy,
    rate: 1e-3,
    caption: 'Inputs fade from the state, and attention calls each back when it is to be answered.',
    looks: [
      { title: 'attention to the state of each step', stepsBack: 'attention' },
      trace('hidden', 'the state h'),
    ],
  },
  gru: {
    ...copy,
    caption: 'Each input stays in the state until it is answered.',
    looks: [trace('hidden', 'the state h'), answer],
  },
  hopfield: {
    ...copy,
    caption: 'Stored patterns are the same for all sequences: what was shown is in the LSTM around them.',
    looks: [{ map: 'weights' }, trace('hidden', 'the state h')],
  },
  irnn: {
    task: 'adding',
    seed: 1,
    rate: 3e-3,
    caption: 'Of ten numbers the two that are marked stay in the state.',
    looks: [trace('hidden', 'the state h'), answer],
  },
  lstm: {
    ...copy,
    caption: 'Each input stays in the cells until it is answered.',
    looks: [trace('cells', 'the memory cells c'), answer],
  },
  mann: {
    ...copy,
    task: 'associative-recall',
    shown: { minItems: 3, maxItems: 3 },
    caption: 'Each step is written to another slot, the one used least; the answer is the next item.',
    looks: [{ map: 'writeWeights' }, { map: 'usage' }, answer],
  },
  mesa: { ...mqar, caption: bound, layer: 2, looks: [trace('values', 'the memory J, layer 2 of 2'), answer] },
  mlstm: {
    ...mqar,
    rate: 3e-3,
    caption: bound,
    layer: 2,
    looks: [trace('memory', 'the memory C, layer 2 of 2'), answer],
  },
  ntm: {
    ...copy,
    caption: 'The head walks the slots one by one as it writes, then again as it reads.',
    looks: [{ map: 'writeWeights' }, { map: 'readWeights' }],
  },
  rwkv7: {
    ...mqar,
    caption: bound,
    layer: 2,
    looks: [trace('memory', 'the memory S, layer 2 of 2'), answer],
  },
  slots: {
    ...copy,
    rate: 3e-3,
    caption: 'Each input is written to a slot of its own, and read there in the same order.',
    layer: 2,
    looks: [{ map: 'writeShares' }, { map: 'readWeights' }],
  },
  slstm: {
    ...copy,
    caption: 'Each input stays in the cells until it is answered.',
    layer: 2,
    looks: [trace('cell', 'the cells c / n, layer 2 of 2'), answer],
  },
  titans: {
    ...mqar,
    rate: 3e-3,
    caption: bound,
    layer: 2,
    looks: [trace('memory', 'the memory M, layer 2 of 2'), answer],
  },
};
