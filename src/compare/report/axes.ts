/** Axes for pictures of a comparison: what they must hold, and a few ticks that are round. */
import { scaleLinear, scaleLog } from 'd3-scale';
import type { Axis } from '../../report/small-plane.ts';
import { percentOf, shortFigure } from './words.ts';

/** From nothing to a budget of sequences. */
export function budgetAxis(budget: number): Axis {
  return { low: 0, high: budget, ticks: [0, budget / 2, budget], words: shortFigure };
}

/** From none to all. */
export const shareAxis: Axis = { low: 0, high: 1, ticks: [0, 0.5, 1], words: percentOf };

/** An axis of values: logarithmic where that is asked for and something is above zero, its low end cut at the levels. */
export function valueAxis(values: readonly number[], levels: readonly number[], log: boolean): Axis {
  const all = [...values, ...levels].filter(Number.isFinite);
  const high = all.reduce((a, b) => Math.max(a, b), 0) || 1;
  if (!log) return linear(high);
  const above = all.filter((value) => value > 0);
  const least = above.reduce((a, b) => Math.min(a, b), high);
  const level = Math.min(high, ...levels.filter((value) => value > 0));
  return logarithmic(0.8 * Math.max(least, level / 10, high / 1e6), high * 1.2);
}

/** An axis of sizes that differ by factors; linear would hide the small ones. */
export function sizeAxis(values: readonly number[], words: (value: number) => string = shortFigure): Axis {
  const above = values.filter((value) => value > 0 && Number.isFinite(value));
  const [low, high] = [Math.min(...above), Math.max(...above)];
  return { ...logarithmic(low * 0.85, high * 1.18), words };
}

function linear(high: number): Axis {
  const scale = scaleLinear().domain([0, high]).nice(3);
  return { low: 0, high: scale.domain()[1]!, ticks: scale.ticks(3) };
}

/** Powers of ten; where there are less than two of them 1, 2 and 5 times these, and where these are too few, any. */
function logarithmic(low: number, high: number): Axis {
  const scale = scaleLog().domain([low, high]);
  const marks = scale.ticks(20).map((tick) => [tick, tick.toExponential()] as const);
  const [powers, round] = [/^1e/, /^[125]e/].map((sort) =>
    marks.flatMap(([tick, words]) => (sort.test(words) ? [tick] : [])),
  ) as [number[], number[]];
  const ticks = powers.length >= 2 ? powers : round.length >= 2 ? round : scale.ticks(3);
  const every = Math.ceil(ticks.length / 3);
  return { low, high, log: true, ticks: ticks.filter((_, i) => i % every === 0) };
}
