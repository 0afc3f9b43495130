/** What a plan varies, in the shape of a sweep of Weights & Biases: values, one value, or min and max. */
import { isLayer, type Layer } from '../app/layers.ts';
import { UsageError } from '../core/errors.ts';
import { nearest } from '../core/lookup.ts';
import { type Axis, MOST_POINTS, pathOf, rangeAxis, readAxes, USUAL_COUNT } from './axes.ts';

const known = ['value', 'values', 'min', 'max', 'count', 'distribution', 'parameters'];

/** How numbers lie between min and max, by the names that Weights & Biases has for it. */
const distributions: Readonly<Record<string, { scale: 'log' | 'linear'; isInteger: boolean }>> = {
  log_uniform_values: { scale: 'log', isInteger: false },
  uniform: { scale: 'linear', isInteger: false },
  int_uniform: { scale: 'linear', isInteger: true },
};

/**
 * Reads parameters by name, those of a group of settings in a group of parameters.
 * @param where what messages call them: `parameters in plan.yaml`
 * @throws UsageError on the first that is none
 */
export function readParameters(parameters: unknown, where: string): Axis[] {
  if (!isLayer(parameters) || Object.keys(parameters).length === 0)
    throw new UsageError(
      `${where}: expected settings by name, each with its values, got ${shown(parameters)}; write rate: {values: [1e-3, 1e-2]}`,
    );
  return Object.entries(parameters).flatMap(([name, said]) => axesOf(name, said, where));
}

function axesOf(name: string, said: unknown, where: string): Axis[] {
  const at = `${name} of ${where}`;
  const path = pathOf(name);
  if (Array.isArray(said)) return [listed(path, said, at)];
  // As it is typed: 1e-3,1e-2 or 1e-4..1e-2:4.
  if (!isLayer(said)) return readAxes(`${name}=${said}`);
  const strange = Object.keys(said).find((key) => !known.includes(key));
  if (strange !== undefined) {
    const near = nearest(strange, known);
    throw new UsageError(
      `${at}: expected values, value, or min and max, got ${strange}${near ? `; did you mean ${near}?` : '; leave it out'}`,
    );
  }
  if (said.parameters !== undefined)
    return readParameters(said.parameters, at).map((axis) => ({ ...axis, path: `${name}.${axis.path}` }));
  if (said.values !== undefined) return [listed(path, said.values, at)];
  if (said.value !== undefined) return [{ path, values: [said.value] }];
  return [rangeOf(path, said, at)];
}

function listed(path: string, values: unknown, at: string): Axis {
  if (!Array.isArray(values) || values.length === 0)
    throw new UsageError(
      `${at}: expected a list of values, got ${shown(values)}; write values: [1e-3, 1e-2]`,
    );
  return { path, values };
}

function rangeOf(path: string, { min, max, count = USUAL_COUNT, distribution }: Layer, at: string): Axis {
  if (typeof min !== 'number' || typeof max !== 'number' || !(max > min))
    throw new UsageError(
      `${at}: expected values, value, or a min below a max, got min ${shown(min)} and max ${shown(max)}; write {min: 1e-4, max: 1e-2}`,
    );
  if (!Number.isInteger(count) || (count as number) < 2 || (count as number) > MOST_POINTS)
    throw new UsageError(
      `${at}: expected a count from 2 to ${MOST_POINTS}, got ${shown(count)}; it says how many values a grid takes`,
    );
  // Whole numbers mean whole numbers, as they do for Weights & Biases.
  const usual = Number.isInteger(min) && Number.isInteger(max) ? 'int_uniform' : 'log_uniform_values';
  const shape = distributions[String(distribution ?? usual)];
  if (shape === undefined)
    throw new UsageError(
      `${at}: expected a distribution of ${Object.keys(distributions).join(', ')}, got ${shown(distribution)}; take one of them`,
    );
  if (shape.scale === 'log' && min <= 0)
    throw new UsageError(
      `${at}: expected a min above zero where steps are factors, got ${min}; say distribution: uniform`,
    );
  return rangeAxis(path, { low: min, high: max, ...shape }, count as number);
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
