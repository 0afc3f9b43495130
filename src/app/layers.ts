/**
 * A configuration in layers: what was typed over the file, over the recipe; the schema's defaults lie under all of them.
 * Layers are plain nested records of what each one says; nothing is checked here but that they can be laid together.
 */
import { UsageError } from '../core/errors.ts';

/** Nested settings as one layer says them. */
export interface Layer {
  [name: string]: unknown;
}

/** Parts of a configuration that are of a kind: where a layer names another kind, lower layers' settings are not meant. */
const kinds = ['task', 'cell', 'optimizer'];
/** Limits on training: a layer that gives one of them replaces all that lower layers gave. */
const limits = ['steps', 'sequences', 'maxTimeSeconds'];

/** Whether a value is settings by name. */
export function isLayer(value: unknown): value is Layer {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `over` laid on `under`. */
export function layOver(under: Layer, over: Layer): Layer {
  const laid: Layer = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const below = laid[name];
    if (!isLayer(value) || !isLayer(below)) laid[name] = value;
    else if (kinds.includes(name) && isOther(below, value)) laid[name] = value;
    else if (name === 'budget') laid[name] = layOver(withoutLimits(below, value), value);
    else laid[name] = layOver(below, value);
  }
  return laid;
}

/**
 * A layer with our names for what is called otherwise: `batch`, which the flag is called, is `batchSize`.
 * @throws UsageError when both are there
 */
export function spelled(layer: Layer): Layer {
  const { evaluation } = layer;
  return {
    ...respelled(layer),
    ...(isLayer(evaluation) && { evaluation: respelled(evaluation, 'evaluation.') }),
  };
}

function respelled(layer: Layer, at = ''): Layer {
  if (!Object.hasOwn(layer, 'batch')) return layer;
  if (Object.hasOwn(layer, 'batchSize'))
    throw new UsageError(`expected ${at}batchSize once, got ${at}batch beside it; keep one`);
  const { batch, ...rest } = layer;
  return { ...rest, batchSize: batch };
}

/** What a layer says, without the parts for which `over` names another kind. */
export function withoutOthers(layer: Layer, over: Layer): Layer {
  const replaced = (name: string, part: unknown) => {
    const upper = over[name];
    return kinds.includes(name) && isLayer(part) && isLayer(upper) && isOther(part, upper);
  };
  return Object.fromEntries(Object.entries(layer).filter(([name, part]) => !replaced(name, part)));
}

function isOther(below: Layer, value: Layer): boolean {
  return value.name !== undefined && below.name !== undefined && value.name !== below.name;
}

function withoutLimits(below: Layer, value: Layer): Layer {
  if (!limits.some((limit) => Object.hasOwn(value, limit))) return below;
  return Object.fromEntries(Object.entries(below).filter(([name]) => !limits.includes(name)));
}

/**
 * Sets `cell.slots` in a layer.
 * @throws UsageError when it is there already, or part of its path has a value of its own
 */
export function setPath(layer: Layer, path: string, value: unknown): void {
  const names = path.split('.');
  if (names.some((name) => name === '' || name in Object.prototype))
    throw new UsageError(`expected a dotted name such as cell.slots, got ${path}; see engram cells`);
  const last = names.pop()!;
  let inner = layer;
  for (const name of names) {
    const next = inner[name] ?? {};
    if (!isLayer(next))
      throw new UsageError(
        `expected ${name} to be a group of settings, got it with a value; give ${path} only`,
      );
    inner[name] = next;
    inner = next;
  }
  if (Object.hasOwn(inner, last)) throw new UsageError(`expected ${path} once, got it twice; keep one`);
  inner[last] = value;
}

/** A value as it was typed: a number, true or false, a list in brackets, or text. The schema says whether it fits. */
export function readValue(text: string): unknown {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) && Number.isFinite(Number(text)))
    return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  if (!text.startsWith('[')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * `90s`, `10m`, `1h30m` or seconds alone, in seconds.
 * @throws UsageError
 */
export function readDuration(text: string): number {
  const parts = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?$/.exec(text);
  const [hours, minutes, seconds] = (parts ?? []).slice(1).map((part) => Number(part ?? 0));
  const total = (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  if (!(total > 0))
    throw new UsageError(
      `--max-time: expected a time such as 90s, 10m or 1h30m, got ${text}; give one above zero`,
    );
  return total;
}
