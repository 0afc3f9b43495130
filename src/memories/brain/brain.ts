/**
 * The assembly calculus: areas of neurons joined by random synapses, in which the k neurons with most input fire and
 * synapses between those that fire one after the other become stronger (Papadimitriou, Vempala, Mitropolsky, Collins and
 * Maass 2020, PNAS 117:14464). Synapses are drawn exactly and only as they are needed; see `synapses.ts`.
 */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { nearestOrAll } from '../../core/lookup.ts';
import { readSettings } from '../../core/settings.ts';
import { checkTag, tagOverlap } from '../codes.ts';
import type { Portable, Recall, Tag } from '../contracts.ts';
import { type Packed, pack, packed, seedSchema } from '../plain.ts';
import { winners } from '../winners.ts';
import { Fiber, type FiberData, fiberSchema, type Synapses } from './fiber.ts';
import * as operations from './operations.ts';
import { mixed } from './synapses.ts';

const settingsSchema = z.strictObject({
  probability: z.number().positive().max(1),
  homeostasis: z
    .union([z.enum(['none', 'incoming']), z.strictObject({ most: z.number().min(1).max(1e30) })])
    .default('none'),
  seed: seedSchema,
});

const areaSchema = z.strictObject({
  neurons: z.int().min(1).max(10_000_000),
  winners: z.int().min(1),
  beta: z.number().min(0).max(10).default(0.1),
});

/**
 * `probability` p that one neuron has a synapse to another. `homeostasis`: weights grow freely; or the incoming weights
 * of each neuron keep their sum; or no weight exceeds `most`.
 */
export type BrainOptions = z.input<typeof settingsSchema>;

/** n neurons of which k fire at a time; a synapse that is used grows by the factor 1 + beta. */
export type AreaOptions = z.input<typeof areaSchema>;

/** From a stimulus or an area to an area, by their names. */
export type Edge = readonly [from: string, to: string];

/** A brain as plain data: all but what its seed gives. */
export interface BrainData {
  readonly schema: 'engram.brain/1';
  readonly settings: z.infer<typeof settingsSchema>;
  readonly stimuli: Readonly<Record<string, number>>;
  readonly areas: Readonly<Record<string, z.infer<typeof areaSchema> & { readonly firing: Packed }>>;
  readonly fibers: readonly FiberData[];
}

/** An area by what it is most like. */
export interface Reading {
  /** The name of the most similar assembly. */
  readonly best: string;
  readonly overlap: number;
  /** k/n, the overlap of assemblies that have nothing to do with each other. */
  readonly chance: number;
  readonly overlaps: Readonly<Record<string, number>>;
}

interface Population {
  readonly neurons: number;
  firing: Uint32Array;
  /** Of an area; a stimulus has none. */
  readonly area?: z.infer<typeof areaSchema>;
}

/** Areas, stimuli and the fibers between them. */
export class Brain implements Portable<BrainData> {
  readonly settings: z.infer<typeof settingsSchema>;
  readonly #populations = new Map<string, Population>();
  readonly #fibers = new Map<string, Fiber>();
  #frozen = false;

  /** @throws UsageError on settings that are not valid */
  constructor(options: BrainOptions) {
    this.settings = readSettings(settingsSchema, options, { at: 'Brain' });
  }

  /**
   * Adds an area, silent at first, and gives its name.
   * @throws UsageError
   */
  area(name: string, options: AreaOptions): string {
    const area = readSettings(areaSchema, options, { at: `Brain.area ${name}` });
    if (area.winners > area.neurons)
      throw new UsageError(
        `Brain.area ${name}: expected winners of at most ${area.neurons} neurons, got ${area.winners}`,
      );
    return this.#add(name, { neurons: area.neurons, firing: new Uint32Array(0), area });
  }

  /** Adds a stimulus of so many neurons, all of which fire whenever it is given, and gives its name. */
  stimulus(name: string, neurons: number): string {
    const at = `Brain.stimulus ${name}`;
    const count = readSettings(z.int().min(1).max(10_000_000), neurons, { at });
    return this.#add(name, { neurons: count, firing: Uint32Array.from({ length: count }, (_, i) => i) });
  }

  #add(name: string, population: Population): string {
    if (this.#populations.has(name))
      throw new UsageError(`Brain: expected a new name, got ${name}, which there is`);
    this.#populations.set(name, population);
    return name;
  }

  #population(verb: string, name: string): Population {
    const population = this.#populations.get(name);
    if (population) return population;
    const names = [...this.#populations.keys()];
    throw new UsageError(
      `Brain.${verb}: expected an area or a stimulus that there is, got ${name}; ${nearestOrAll(name, names)}`,
    );
  }

  #area(verb: string, name: string): Population & { readonly area: z.infer<typeof areaSchema> } {
    const population = this.#population(verb, name);
    if (population.area) return population as Population & { area: z.infer<typeof areaSchema> };
    throw new UsageError(`Brain.${verb}: expected an area, got the stimulus ${name}`);
  }

  #fiber(from: string, to: string): Fiber {
    const name = JSON.stringify([from, to]);
    let fiber = this.#fibers.get(name);
    if (fiber === undefined) {
      const [sources, targets] = [this.#population('step', from), this.#area('step', to)];
      const ends = { from, to, sources: sources.neurons, targets: targets.neurons };
      fiber = new Fiber({ ...ends, ...this.settings });
      this.#fibers.set(name, fiber);
    }
    return fiber;
  }

  /** Who fires in an area, or in a stimulus. */
  firing(name: string): Tag {
    const { firing, neurons } = this.#population('firing', name);
    return { on: firing.slice(), size: neurons };
  }

  /**
   * Makes these neurons of an area fire, instead of those that do.
   * @throws UsageError on a tag of another size
   */
  fire(name: string, tag: Tag): void {
    const area = this.#area('fire', name);
    checkTag('Brain.fire', tag, area.neurons);
    area.firing = tag.on.slice();
  }

  /** The synapses of one neuron as they are now: drawn, if it has not fired yet. */
  synapses(from: string, to: string, neuron: number): Synapses {
    const { neurons } = this.#population('synapses', from);
    const source = readSettings(
      z
        .int()
        .min(0)
        .max(neurons - 1),
      neuron,
      { at: 'Brain.synapses' },
    );
    return this.#fiber(from, to).synapses(source);
  }

  /**
   * One step of all areas that edges lead to, at once: the k neurons with the most input fire, none without input. Who
   * fires among equals is drawn from who fired. Areas that no edge leads to go on firing as they do. Learns only where
   * asked to: w_ij grows by the factor 1 + beta for i that fired before and j that fires now.
   * @throws UsageError on names that there are not
   */
  step(edges: readonly Edge[], { learn = false } = {}): void {
    const targets = new Map<string, Edge[]>();
    for (const edge of edges) targets.set(edge[1], [...(targets.get(edge[1]) ?? []), edge]);
    const next = [...targets].map(([name, incoming]) => ({ name, incoming, on: this.#cap(name, incoming) }));
    if (learn && !this.#frozen)
      for (const { name, incoming, on } of next) {
        const { neurons, area } = this.#area('step', name);
        const firing = new Uint8Array(neurons);
        for (const neuron of on) firing[neuron] = 1;
        for (const [from, to] of incoming)
          this.#fiber(from, to).potentiate(this.#population('step', from).firing, firing, area.beta);
      }
    for (const { name, on } of next) this.#area('step', name).firing = on;
  }

  /** The neurons of an area that win by the input of these edges. */
  #cap(name: string, incoming: readonly Edge[]): Uint32Array {
    const { neurons, area } = this.#area('step', name);
    const sums = new Float64Array(neurons);
    let key = 0;
    for (const [from, to] of incoming) {
      const fiber = this.#fiber(from, to);
      const { firing } = this.#population('step', from);
      fiber.drive(firing, sums);
      for (const neuron of firing) key = (key + mixed(fiber.key[0] ^ mixed(neuron))) | 0;
    }
    let driven = 0;
    for (let neuron = 0; neuron < neurons; neuron++) if (sums[neuron]! > 0) driven++;
    return winners(sums, Math.min(area.winners, driven), (neuron) => mixed(key ^ mixed(neuron)));
  }

  /**
   * Runs what is given, in which nothing learns, and has every area fire afterwards as it did before.
   * @returns what the function gives
   */
  frozen<T>(probe: () => T): T {
    const before = [...this.#populations.values()].map(({ firing }) => firing);
    const wasFrozen = this.#frozen;
    this.#frozen = true;
    try {
      return probe();
    } finally {
      this.#frozen = wasFrozen;
      [...this.#populations.values()].slice(0, before.length).forEach((population, i) => {
        population.firing = before[i]!;
      });
    }
  }

  /** Makes an assembly in an area for what fires elsewhere; see `operations.ts`, as for all that follow. */
  project(from: string, area: string, options?: operations.ProjectOptions): operations.Projection {
    return operations.project(this, from, area, options);
  }

  /** Projects an area to another and back, so that each evokes the other. */
  reciprocalProject(from: string, area: string, options?: operations.RoundsOptions): operations.Projection {
    return operations.reciprocalProject(this, from, area, options);
  }

  /** Lets the assemblies of two sources in one area come nearer to each other. */
  associate(a: string, b: string, options: operations.Meeting): operations.Association {
    return operations.associate(this, a, b, options);
  }

  /** What a source alone makes an area show in one step. Learns nothing and leaves every area as it is. */
  evoke(from: string, area: string): Tag {
    return operations.evoke(this, from, area);
  }

  /** Makes one assembly of those that fire in two areas, joined to both in both directions. */
  merge(a: string, b: string, options: operations.Meeting): operations.Projection {
    return operations.merge(this, a, b, options);
  }

  /**
   * Fires some neurons of an area and lets it go on by itself. Learns nothing and leaves every area as it is.
   * The score is the share of the cue that fires in the end.
   */
  complete(area: string, cue: Tag, options?: operations.RoundsOptions): Recall<Tag> {
    return this.frozen(() => operations.complete(this, area, cue, options));
  }

  /**
   * Which assembly of a lexicon an area shows.
   * @throws UsageError on an empty lexicon
   */
  read(area: string, lexicon: Readonly<Record<string, Tag>>): Reading {
    const { neurons, area: options } = this.#area('read', area);
    const shown = this.firing(area);
    const overlaps = Object.fromEntries(
      Object.entries(lexicon).map(([name, tag]) => {
        checkTag(`Brain.read ${name}`, tag, neurons);
        return [name, tagOverlap(tag, shown)];
      }),
    );
    const [best] = Object.entries(overlaps).sort(([, a], [, b]) => b - a);
    if (best === undefined) throw new UsageError('Brain.read: expected at least one assembly, got none');
    return { best: best[0], overlap: best[1], chance: options.winners / neurons, overlaps };
  }

  /** All of it as plain data. */
  toJSON(): BrainData {
    const entries = [...this.#populations];
    return {
      schema: 'engram.brain/1',
      settings: this.settings,
      stimuli: Object.fromEntries(
        entries.filter(([, { area }]) => !area).map(([name, { neurons }]) => [name, neurons]),
      ),
      areas: Object.fromEntries(
        entries.flatMap(([name, { area, firing }]) =>
          area ? [[name, { ...area, firing: pack(firing) }]] : [],
        ),
      ),
      fibers: [...this.#fibers.values()]
        .map((fiber) => fiber.toJSON())
        .filter(({ sources }) => sources.data !== ''),
    };
  }

  /**
   * The brain whose `toJSON` this was.
   * @throws UsageError naming what is wrong
   */
  static fromJSON(data: unknown): Brain {
    const { settings, stimuli, areas, fibers } = readSettings(dataSchema, data, { at: 'Brain' });
    const brain = new Brain(settings);
    for (const [name, neurons] of Object.entries(stimuli)) brain.stimulus(name, neurons);
    for (const [name, { firing, ...area }] of Object.entries(areas)) {
      brain.area(name, area);
      brain.fire(name, { on: firing, size: area.neurons });
    }
    for (const learned of fibers) brain.#fiber(learned.from, learned.to).learn(learned);
    return brain;
  }
}

const dataSchema = z.strictObject({
  schema: z.literal('engram.brain/1'),
  settings: settingsSchema,
  stimuli: z.record(z.string(), z.int().min(1)),
  areas: z.record(z.string(), areaSchema.extend({ firing: packed('uint32') })),
  fibers: z.array(fiberSchema),
});
