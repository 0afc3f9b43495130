/** What a person may want to see of a Neural Turing Machine's step, and what each of these numbers is. */
import type { ProbeAbout } from '../../core/contracts.ts';
import * as tf from '../../core/tf.ts';
import { lazyProbe } from '../lazy-probe.ts';
import type { ProminenceRule } from '../prominence/rule.ts';
import type { AddressControls, HeadControls } from './heads.ts';

/** Where heads pointed, and the memory they left. */
interface Seen {
  readonly readWeights: tf.Tensor3D;
  readonly written: tf.Tensor3D;
  readonly memory: tf.Tensor3D;
}

/** What steered them. */
interface Steered {
  readonly usage: Readonly<Record<string, tf.Tensor>>;
  readonly controls: HeadControls;
}

/** What the probes are: by the letters of Graves et al. 2014, eq. 3 to 9. */
export function aboutProbes(rule: ProminenceRule, offsets: number): Readonly<Record<string, ProbeAbout>> {
  const kinds = ['read', 'write'] as const;
  const shifts = Array.from({ length: offsets }, (_, place) => {
    const offset = place - (offsets - 1) / 2;
    return offset > 0 ? `+${offset}` : String(offset).replace('-', '\u2212');
  });
  const perHead = (suffix: string, title: string, last?: { axis: string; labels?: readonly string[] }) =>
    kinds.map((kind) => [
      `${kind}${suffix}`,
      {
        title: `${kind} ${title}`,
        axes: last ? ['head', last.axis] : ['head'],
        ...(last?.labels && { labels: last.labels }),
      },
    ]);
  const gates = [...rule.readGates, ...rule.writeGates].map((name) => [name, { axes: ['head'] }]);
  return Object.fromEntries([
    ...perHead('Weights', 'weights w', { axis: 'slot' }),
    ...perHead('Strength', 'key strength \u03b2'),
    ...perHead('Gate', 'interpolation gate g'),
    ...perHead('Sharpening', 'sharpening \u03b3'),
    ...perHead('Shift', 'shift s', { axis: 'offset', labels: shifts }),
    ['erase', { title: 'erase vector e', axes: ['head', 'entry'] }],
    ['add', { title: 'add vector a', axes: ['head', 'entry'] }],
    ['memory', { title: 'memory M', axes: ['slot', 'entry'] }],
    ['usage', { title: 'usage of the slots', axes: ['slot'] }],
    ...gates,
  ]) as Readonly<Record<string, ProbeAbout>>;
}

/** One number a head and what else a person may want to see; see `Cell.step`. */
export function probeOf(
  rule: ProminenceRule,
  access: Seen,
  { usage, controls }: Steered,
): Readonly<Record<string, tf.Tensor>> {
  const { readWeights, written, memory } = access;
  const [batchSize, readHeads] = readWeights.shape;
  const writeHeads = written.shape[1];
  const scalars = (x: tf.Tensor): tf.Tensor => tf.reshape(x, x.shape.slice(0, 2) as [number, number]);
  /** The rows of one kind of head, from its own bank or from the one that both share. */
  const rows = (name: keyof AddressControls, kind: 'read' | 'write'): tf.Tensor3D => {
    const { banks } = controls;
    if (banks.length === 2) return banks[kind === 'read' ? 0 : 1]![name];
    const all = banks[0]![name];
    const [begin, heads] = kind === 'read' ? [0, readHeads] : [readHeads, writeHeads];
    return tf.slice(all, [0, begin, 0], [batchSize, heads, all.shape[2]]);
  };
  const gates = [
    ...rule.readGates.map((name, index) => [name, () => scalars(controls.readGates[index]!)] as const),
    ...rule.writeGates.map((name, index) => [name, () => scalars(controls.writeGates[index]!)] as const),
  ];
  return lazyProbe({
    readWeights: () => readWeights,
    writeWeights: () => written,
    readStrength: () => scalars(rows('strength', 'read')),
    writeStrength: () => scalars(rows('strength', 'write')),
    readGate: () => scalars(rows('gate', 'read')),
    writeGate: () => scalars(rows('gate', 'write')),
    readSharpening: () => scalars(rows('sharpening', 'read')),
    writeSharpening: () => scalars(rows('sharpening', 'write')),
    readShift: () => rows('shift', 'read'),
    writeShift: () => rows('shift', 'write'),
    erase: () => controls.erase,
    add: () => controls.add,
    memory: () => memory,
    ...Object.fromEntries(gates),
    ...Object.fromEntries(Object.entries(usage).map(([name, value]) => [name, () => value])),
  });
}
