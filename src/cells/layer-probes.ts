/** Probes of cells made of layers: the layers' own, with an axis 'layer' in front. */
import type { Cell, CellStep, ProbeAbout, Tree } from '../core/contracts.ts';
import * as tf from '../core/tf.ts';
import { lazyProbe } from './lazy-probe.ts';

/** What the layers show, by name, with an axis for the layers in front. */
export function probesOfLayers(layers: readonly Cell[]): Readonly<Record<string, ProbeAbout>> {
  const about = layers.flatMap(({ probes = {} }) => Object.entries(probes));
  return Object.fromEntries(about.map(([name, said]) => [name, { ...said, axes: ['layer', ...said.axes] }]));
}

/** What the layers showed in a step, stacked: [B,L,...] each, made when somebody looks. */
export function layeredProbes(steps: readonly CellStep<Tree>[]): Readonly<Record<string, tf.Tensor>> {
  const names = new Set(steps.flatMap(({ probe = {} }) => Object.keys(probe)));
  const stacked = (name: string) => () => {
    const shown = steps.flatMap(({ probe = {} }) => (Object.hasOwn(probe, name) ? [probe[name]!] : []));
    return tf.stack(shown, 1);
  };
  return lazyProbe(Object.fromEntries([...names].map((name) => [name, stacked(name)])));
}
