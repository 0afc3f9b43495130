/**
 * A run's folder: config.json (resolved, every default in it), meta.json (what made it), source/ (the code of a cell or
 * a task of a person's own), metrics.jsonl, timing.jsonl, checkpoints/, the pointers `last` and `best`, report/, and a lock while a
 * process works on it. Nothing that is there is overwritten.
 */
import * as fs from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { CheckpointError } from '../core/errors.ts';
import { didYouMean } from '../core/lookup.ts';
import { type Config, configSchema } from '../train/config.ts';
import { isCutShort } from './cut-short.ts';
import { type Document, readDocument } from './format.ts';
import { readPlainFile } from './plain-file.ts';
import { isRemoved } from './remove.ts';
import { isMissing, isThere, reading, StorageError } from './storage.ts';
import { replaceFile } from './whole-file.ts';

/** Where runs are made and looked for by name. */
export const runsFolder = 'runs';

const metaSchema = z.strictObject({
  schema: z.literal('engram.run/1'),
  created: z.string(),
  argv: z.array(z.string()).readonly(),
  seed: z.number(),
  engine: z.enum(['compiled', 'eager']),
  backend: z.enum(['tensorflow', 'wasm', 'cpu']),
  /** wasm only. */
  simd: z.boolean().nullable(),
  /** Whether products round once; null on the eager engine. */
  relaxedSimd: z.boolean().nullable(),
  /** `engram`, `node`, `tfjs`, and the backend's own. */
  versions: z.record(z.string(), z.string()),
  machine: z.string(),
  /** What the weights that training began with are from, where they were not drawn. */
  initFrom: z.string().optional(),
  /** Where the files of its own cell or task lay when it began, where it has any. */
  sourceRoot: z.string().optional(),
});

/** What made a run: enough to know on which machine its numbers hold to the bit. */
export type Meta = Readonly<z.infer<typeof metaSchema>>;

/** A run that exists. */
export interface Run {
  /** Its folder, as a whole path. */
  readonly path: string;
  readonly config: Config;
  readonly meta: Meta;
}

/** Writes a JSON file that is there whole or not at all. */
export function writeJson(path: string, content: unknown): void {
  replaceFile(path, `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * The run of a name or a path.
 * @throws CheckpointError when there is no such run, or its configuration is damaged; FormatError when a newer Engram
 *   wrote it
 */
export function openRun(name: string): Run {
  const path = findRun(name);
  const config = readFormat(join(path, 'config.json'), configDocument);
  return { path, config, meta: readFormat(join(path, 'meta.json'), metaDocument) };
}

const cure = 'the run cannot be used';
const configDocument: Document<Config> = {
  ...{ format: 'engram.config/1', schema: configSchema, what: "a run's configuration", cure },
};
const metaDocument: Document<Meta> = {
  ...{ format: 'engram.run/1', schema: metaSchema, what: 'what made the run', cure },
};

function readFormat<T>(file: string, document: Document<T>): T {
  return readDocument(file, readJson(file), document);
}

function findRun(name: string): string {
  for (const path of [name, join(runsFolder, name)])
    if (isThere(join(path, 'config.json'))) return resolve(path);
  if (isCutShort(name))
    throw new CheckpointError(
      `expected a run, got ${name}, whose start was cut short before it trained; begin it again: engram train ... --out ${name}`,
    );
  const near = didYouMean(basename(name), runNames());
  throw new CheckpointError(`expected a run, got ${name}; ${near ?? 'see engram runs ls'}`);
}

/** The names of the runs in a folder, oldest first. */
export function runNames(folder = runsFolder): string[] {
  if (!isThere(folder)) return [];
  const born = reading(folder, () => fs.readdirSync(folder))
    .filter((name) => !isRemoved(name))
    .map((name) => [name, birthOf(join(folder, name, 'config.json'))] as const);
  return born
    .flatMap(([name, birth]) => (birth === undefined ? [] : [{ name, birth }]))
    .sort((a, b) => a.birth - b.birth)
    .map(({ name }) => name);
}

/** When a file was made, where there is one; what cannot be looked at may be one, and as old as any. */
function birthOf(file: string): number | undefined {
  try {
    return fs.statSync(file).birthtimeMs;
  } catch (error) {
    return isMissing(error) ? undefined : 0;
  }
}

/**
 * A JSON file of a run.
 * @throws CheckpointError when it is missing or not JSON, StorageError when the disk refuses
 */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(reading(path, () => readPlainFile(path, 'document')).toString());
  } catch (error) {
    if (error instanceof StorageError || error instanceof CheckpointError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const got = code === undefined ? 'something else' : code;
    throw new CheckpointError(`${path}: expected JSON, got ${got}; the run cannot be used`);
  }
}
