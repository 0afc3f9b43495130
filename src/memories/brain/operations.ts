/**
 * The operations of the assembly calculus, each a sequence of steps (Papadimitriou et al. 2020). They learn; a probe of
 * what they made is `complete`, or any of them inside `Brain.frozen`.
 */
import { UsageError } from '../../core/errors.ts';
import { tagOverlap } from '../codes.ts';
import type { Recall, Tag } from '../contracts.ts';

/** What an operation needs of a brain. */
interface Steps {
  step(edges: readonly (readonly [string, string])[], options?: { readonly learn?: boolean }): void;
  firing(name: string): Tag;
  fire(name: string, tag: Tag): void;
}

/** What a probe needs besides. */
interface Probes {
  frozen<T>(probe: () => T): T;
}

/** How long an operation goes on. */
export interface RoundsOptions {
  /** Steps; 10 where it is left out. */
  readonly rounds?: number;
}

/** How an assembly is made. */
export interface ProjectOptions extends RoundsOptions {
  /** Whether the area drives itself after the first step, which makes it converge; yes where it is left out. */
  readonly recurrent?: boolean;
}

/** Where two sources meet, and for how long. */
export interface Meeting extends RoundsOptions {
  readonly area: string;
}

/** What a projection came to. */
export interface Projection {
  readonly assembly: Tag;
  /** How many neurons have fired up to each step: once it stays the same, the assembly is there. */
  readonly recruited: readonly number[];
}

/** Two assemblies after they fired together. */
export interface Association {
  readonly a: Tag;
  readonly b: Tag;
  readonly overlap: number;
}

function roundsOf(verb: string, { rounds = 10 }: RoundsOptions): number {
  if (Number.isInteger(rounds) && rounds >= 1) return rounds;
  throw new UsageError(`Brain.${verb}: expected rounds of at least 1, got ${rounds}`);
}

type Edges = readonly (readonly [string, string])[];

/** Rounds of steps that learn, and who has fired in an area up to each. */
function grow(brain: Steps, area: string, rounds: number, edges: (round: number) => Edges): Projection {
  const ever = new Set<number>();
  const recruited = Array.from({ length: rounds }, (_, round) => {
    brain.step(edges(round), { learn: true });
    for (const neuron of brain.firing(area).on) ever.add(neuron);
    return ever.size;
  });
  return { assembly: brain.firing(area), recruited };
}

/** The source alone first, then with the area's own firing. */
export function project(brain: Steps, from: string, area: string, options: ProjectOptions = {}): Projection {
  const rounds = roundsOf('project', options);
  refuseSilent(brain, 'project', from);
  const { recurrent = true } = options;
  const alone: Edges = [[from, area]];
  const together: Edges = [...alone, [area, area]];
  return grow(brain, area, rounds, (round) => (round > 0 && recurrent ? together : alone));
}

/** The same from an area, which goes on driving itself and learns to be driven by the new assembly. */
export function reciprocalProject(
  brain: Steps,
  from: string,
  area: string,
  options: RoundsOptions = {},
): Projection {
  const rounds = roundsOf('reciprocalProject', options);
  refuseSilent(brain, 'reciprocalProject', from);
  const there: Edges = [[from, area]];
  const both: Edges = [...there, [area, area], [area, from], [from, from]];
  return grow(brain, area, rounds, (round) => (round === 0 ? there : both));
}

/**
 * Both sources drive the area together, which has an assembly of each; then each alone shows, and does not learn, what its
 * own has become.
 */
export function associate(brain: Steps & Probes, a: string, b: string, options: Meeting): Association {
  const rounds = roundsOf('associate', options);
  const { area } = options;
  for (const source of [a, b]) refuseSilent(brain, 'associate', source);
  const first: Edges = [
    [a, area],
    [b, area],
  ];
  const together: Edges = [...first, [area, area]];
  grow(brain, area, rounds, (round) => (round === 0 ? first : together));
  const [ofA, ofB] = [evoke(brain, a, area), evoke(brain, b, area)];
  return { a: ofA, b: ofB, overlap: tagOverlap(ofA, ofB) };
}

/** What a source alone makes an area show in one step. Learns nothing and leaves every area as it is. */
export function evoke(brain: Steps & Probes, from: string, area: string): Tag {
  return brain.frozen(() => {
    brain.step([[from, area]]);
    return brain.firing(area);
  });
}

/** Both areas drive the third, which drives itself and them, as they do themselves. */
export function merge(brain: Steps, a: string, b: string, options: Meeting): Projection {
  const rounds = roundsOf('merge', options);
  for (const source of [a, b]) refuseSilent(brain, 'merge', source);
  const { area } = options;
  const own: Edges = [
    [a, a],
    [b, b],
    [a, area],
    [b, area],
  ];
  const all: Edges = [...own, [area, area], [area, a], [area, b]];
  return grow(brain, area, rounds, (round) => (round === 0 ? own : all));
}

function refuseSilent(brain: Steps, verb: string, from: string): void {
  if (brain.firing(from).on.length === 0)
    throw new UsageError(
      `Brain.${verb}: expected ${from} to fire, got silence; project to it or fire it first`,
    );
}

/** The area drives itself until it stays as it is. */
export function complete(brain: Steps, area: string, cue: Tag, options: RoundsOptions = {}): Recall<Tag> {
  const rounds = roundsOf('complete', options);
  brain.fire(area, cue);
  let [steps, settled] = [0, false];
  while (steps < rounds && !settled) {
    const before = brain.firing(area);
    brain.step([[area, area]]);
    steps++;
    settled = same(before.on, brain.firing(area).on);
  }
  const value = brain.firing(area);
  const kept = new Set(value.on);
  const score = cue.on.length === 0 ? 0 : cue.on.filter((neuron) => kept.has(neuron)).length / cue.on.length;
  return { value, score, steps, settled };
}

function same(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
