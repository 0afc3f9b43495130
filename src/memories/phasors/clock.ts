/**
 * Time told by phases: D oscillators of fixed frequencies, whose phases at a moment are its tag. Near moments have tags
 * that are alike, so that what happened together can be found together (Brown, Preece and Hulme 2000, OSCAR; binding by
 * multiplication of phasors after Plate 2003).
 */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { type Rng, rng } from '../../core/rng.ts';
import { readSettings } from '../../core/settings.ts';
import { seedSchema } from '../plain.ts';

/** D complex numbers. */
export interface Phasor {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** What a clock is made of. */
export const clockSchema = z.strictObject({
  oscillators: z.int().min(1).max(1_000_000),
  spread: z.number().positive().default(1),
  seed: seedSchema,
});

/** `oscillators` D, whose frequencies are normal with deviation `spread`, in radians for each unit of time. */
export type ClockOptions = z.input<typeof clockSchema>;

/** Oscillators that tell the time. */
export class Clock {
  readonly settings: z.infer<typeof clockSchema>;
  readonly #frequencies: Float64Array;

  /** @throws UsageError on settings that are not valid */
  constructor(options: ClockOptions) {
    this.settings = readSettings(clockSchema, options, { at: 'Clock' });
    const stream = rng(this.settings.seed, 'clock');
    const { oscillators, spread } = this.settings;
    this.#frequencies = Float64Array.from({ length: oscillators }, () => spread * stream.normal());
  }

  /**
   * e^(i omega t): moments that are d apart have tags of similarity near exp(-(spread d)^2 / 2).
   * @throws UsageError on a time that is not finite
   */
  tag(time: number): Phasor {
    if (!Number.isFinite(time)) throw new UsageError(`Clock.tag: expected a finite time, got ${time}`);
    return ofPhases(this.#frequencies.map((frequency) => frequency * time));
  }
}

/** Of length 1, with these phases. */
export function ofPhases(phases: Float64Array): Phasor {
  return { re: phases.map(Math.cos), im: phases.map(Math.sin) };
}

/** Of length 1, with phases that are as likely all around. */
export function randomPhasor(oscillators: number, stream: Rng): Phasor {
  return ofPhases(Float64Array.from({ length: oscillators }, () => 2 * Math.PI * stream.uniform()));
}

/** a b, element by element: alike to neither of them. */
export function bind(a: Phasor, b: Phasor): Phasor {
  return product(a, b, 1);
}

/** a b*, which takes b out of what was bound with it. */
export function unbind(a: Phasor, b: Phasor): Phasor {
  return product(a, b, -1);
}

function product(a: Phasor, b: Phasor, sign: 1 | -1): Phasor {
  const [re, im] = [new Float64Array(a.re.length), new Float64Array(a.re.length)];
  for (let i = 0; i < re.length; i++) {
    const imaginary = sign * b.im[i]!;
    re[i] = a.re[i]! * b.re[i]! - a.im[i]! * imaginary;
    im[i] = a.re[i]! * imaginary + a.im[i]! * b.re[i]!;
  }
  return { re, im };
}

/** Re(a . b*) / D: 1 of a phasor of length 1 with itself, near 0 of two that have nothing to do with each other. */
export function similarity(a: Phasor, b: Phasor): number {
  let sum = 0;
  for (let i = 0; i < a.re.length; i++) sum += a.re[i]! * b.re[i]! + a.im[i]! * b.im[i]!;
  return sum / a.re.length;
}
