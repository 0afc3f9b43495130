/**
 * What an experiment is: a claim of the literature, how it is run, the numbers, and the rule by which it passes or fails.
 * One file an experiment. Nothing here needs a machine: data that lies on a disk is given by whoever runs it.
 */
import type { Figure } from '../report/svg.ts';

/** Images and their labels: `images` has `count` of them, one after the other, a byte a pixel. */
export interface Digits {
  readonly count: number;
  readonly pixels: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** Data that experiments ask for. */
export interface Data {
  /** The training images of MNIST. */
  digits(): Promise<Digits>;
}

/** One part of a pass rule. */
export interface Check {
  readonly name: string;
  readonly measured: number;
  /** `at least 0.98` */
  readonly expected: string;
  readonly pass: boolean;
}

/** What came of a run. */
export interface Outcome {
  readonly checks: readonly Check[];
  readonly figures: readonly Figure[];
}

/** An experiment. */
export interface Experiment {
  /** `hopfield.error` */
  readonly id: string;
  /** One sentence that can be false. */
  readonly claim: string;
  readonly source: string;
  /** Every random number comes from the seed. */
  run(options: { readonly seed: number; readonly data: Data }): Outcome | Promise<Outcome>;
}

/** A number that must lie within bounds, both of which count as inside. */
export function check(
  name: string,
  measured: number,
  { least, most }: { readonly least?: number; readonly most?: number },
): Check {
  const words = [
    ...(least === undefined ? [] : [`at least ${short(least)}`]),
    ...(most === undefined ? [] : [`at most ${short(most)}`]),
  ];
  const pass =
    measured >= (least ?? Number.NEGATIVE_INFINITY) && measured <= (most ?? Number.POSITIVE_INFINITY);
  return { name, measured, expected: words.join(', '), pass };
}

/** Whether all parts of the rule hold. */
export function passed({ checks }: Outcome): boolean {
  return checks.length > 0 && checks.every(({ pass }) => pass);
}

/** Three significant digits, for a sentence. */
export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
