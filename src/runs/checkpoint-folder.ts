/**
 * One checkpoint: a folder of `weights.safetensors`, `optimizer.safetensors` and `state.json`, which carries the SHA-256
 * of each file and of itself. What is read is a stranger's: sizes, hashes, JSON and arrays are checked. Damaged is only
 * what was read whole and found wrong, or is not there; what could not be read is a StorageError, and may be whole.
 */
import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { NamedArrays } from '../core/contracts.ts';
import { CheckpointError, UsageError } from '../core/errors.ts';
import { allFinite } from '../core/finite.ts';
import { elements } from '../core/shape.ts';
import { OPTIMIZER } from '../train/engine.ts';
import { type LoopState, loopStateSchema } from '../train/loop.ts';
import { type Document, readDocument } from './format.ts';
import { mostBytes, readPlainFile } from './plain-file.ts';
import { decodeSafetensors, encodeSafetensors, readShapes } from './safetensors.ts';
import { canonicalJson, sha256 } from './sha256.ts';
import { isMissing, reading } from './storage.ts';
import { syncFolder, writeSynced } from './whole-file.ts';

/** Everything a run needs to go on. */
export interface Checkpoint {
  readonly arrays: NamedArrays;
  readonly state: LoopState;
  /** `configHash` of the run. */
  readonly configHash: string;
  /** What wrote it, by name (`engram`, `node`, `tfjs`). */
  readonly versions: Readonly<Record<string, string>>;
}

/** A checkpoint and the folder it was read from. */
export interface LoadedCheckpoint extends Checkpoint {
  readonly path: string;
}

const FORMAT = 'engram.checkpoint/1';
const WEIGHTS = 'weights.safetensors';
const OPTIMIZER_FILE = 'optimizer.safetensors';
const STATE = 'state.json';

const fileRecord = z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const stateSchema = z.strictObject({
  schema: z.literal(FORMAT),
  configHash: z.string(),
  versions: z.record(z.string(), z.string()),
  files: z.strictObject({ [WEIGHTS]: fileRecord, [OPTIMIZER_FILE]: fileRecord }),
  state: loopStateSchema,
});

/** What a run calls a checkpoint, after its step. */
export const STEP_FOLDER: RegExp = /^step-(0|[1-9]\d{0,15})$/;

/** What a checkpoint's state.json holds. */
export type StateFile = z.infer<typeof stateSchema>;

const DAMAGED = 'the file is damaged, use another checkpoint';
const stateDocument: Document<StateFile> = {
  ...{ format: FORMAT, schema: stateSchema, what: 'the state of a checkpoint', cure: DAMAGED },
};

/** More than the header of an arrays file takes. */
const HEADER_BYTES = 2 ** 20;

/**
 * Refuses a model whose checkpoints could be written, and would be too large to be read.
 * @param vectors numbers that the optimizer remembers of each parameter
 * @throws UsageError before anything is trained
 */
export function checkStorable(parameters: number, vectors: number): void {
  const most = Math.floor((mostBytes.arrays - HEADER_BYTES) / (4 * Math.max(1, vectors)));
  if (parameters <= most) return;
  throw new UsageError(
    `expected at most ${most} parameters with this optimizer, got ${parameters}: a file of a checkpoint has at most ${mostBytes.arrays} bytes; lower the sizes of the cell`,
  );
}

// --- writing; what the disk refuses is thrown as it is

/** Makes the folder of a checkpoint, which must not be there, and puts it on the disk. */
export function writeCheckpoint(folder: string, checkpoint: Checkpoint): void {
  fs.mkdirSync(folder);
  for (const [name, bytes] of Object.entries(filesOf(checkpoint))) writeSynced(join(folder, name), bytes);
  syncFolder(folder);
}

/** The three files by name. */
function filesOf({ arrays, state, configHash, versions }: Checkpoint): Record<string, Uint8Array> {
  const isOptimizer = ([name]: [string, unknown]) => name.startsWith(OPTIMIZER);
  const part = (wanted: boolean) =>
    encodeSafetensors(
      Object.fromEntries(Object.entries(arrays).filter((entry) => isOptimizer(entry) === wanted)),
    );
  const values = { [WEIGHTS]: part(false), [OPTIMIZER_FILE]: part(true) };
  const record = (bytes: Uint8Array) => ({ bytes: bytes.length, sha256: sha256(bytes) });
  const files = { [WEIGHTS]: record(values[WEIGHTS]!), [OPTIMIZER_FILE]: record(values[OPTIMIZER_FILE]!) };
  const text = stateText({ schema: FORMAT, configHash, versions, files, state });
  return { ...values, [STATE]: new TextEncoder().encode(text) };
}

/** The text of state.json: keys in order, and last the hash of all the rest. */
function stateText(content: unknown): string {
  const canonical = canonicalJson(content);
  return `${JSON.stringify({ ...JSON.parse(canonical), sha256: sha256(canonical) }, null, 2)}\n`;
}

// --- reading

/**
 * Reads a checkpoint.
 * @throws CheckpointError when it is missing or damaged, FormatError when it is a newer Engram's, StorageError when the
 *   disk refuses
 */
export function readCheckpoint(path: string): LoadedCheckpoint {
  const { files, state, configHash, versions } = readState(path);
  const arrays = {
    ...readArrays(join(path, WEIGHTS), files[WEIGHTS]),
    ...readArrays(join(path, OPTIMIZER_FILE), files[OPTIMIZER_FILE]),
  };
  return { path, arrays, state, configHash, versions };
}

/** Reads what a checkpoint holds beside its arrays. Errors as of `readCheckpoint`. */
export function readState(folder: string): StateFile {
  const file = join(folder, STATE);
  const text = new TextDecoder().decode(readFile(file, 'document'));
  const { sha256: _hash, ...content } = parseObject(text, file);
  const state = readDocument(file, content, stateDocument);
  if (stateText(content) !== text) throw damage(file, 'what its own sha256 says, got something else');
  const named = STEP_FOLDER.exec(basename(folder))?.[1];
  if (named !== undefined && Number(named) !== state.state.step)
    throw damage(file, `the state of step ${named}, got that of step ${state.state.step}`);
  return state;
}

/**
 * The arrays of a safetensors file, or of a folder's weights.safetensors: a model that ships without a run.
 * @param hash the SHA-256 that it is said to have, where that is said
 * @throws CheckpointError when it is missing or damaged, StorageError when the disk refuses
 */
export function loadWeights(path: string, hash?: string): NamedArrays {
  const file = path.endsWith('.safetensors') ? path : join(path, WEIGHTS);
  return readArrays(file, { sha256: hash });
}

/**
 * How many parameters a checkpoint has, of whose weights the header alone is read.
 * @throws as `readCheckpoint`
 */
export function parameterCount(folder: string, { files }: StateFile): number {
  const file = join(folder, WEIGHTS);
  const { bytes, shapes } = found(file, () => readShapes(file));
  checkBytes(file, bytes, files[WEIGHTS].bytes);
  return Object.values(shapes).reduce((sum, shape) => sum + elements(shape), 0);
}

function parseObject(text: string, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below, in our own words.
  }
  throw damage(file, 'a JSON object, got something else');
}

/** What is known of a file beforehand; what is left out may be anything. */
type Said = { readonly [K in keyof z.infer<typeof fileRecord>]?: z.infer<typeof fileRecord>[K] | undefined };

function readArrays(file: string, said: Said): NamedArrays {
  const bytes = readFile(file, 'arrays');
  if (said.bytes !== undefined) checkBytes(file, bytes.length, said.bytes);
  const changed = said.sha256 !== undefined && sha256(bytes) !== said.sha256;
  // What is wrong with the format says more than that something is wrong, so it is looked for first.
  const { arrays } = decodeSafetensors(bytes, file);
  if (changed) throw damage(file, `sha256 ${said.sha256!.slice(0, 12)}..., got bytes that were changed`);
  const bad = Object.entries(arrays).find(([, { data }]) => !allFinite(data));
  if (bad) throw damage(file, `finite numbers, got NaN or infinity in ${bad[0]}`);
  return arrays;
}

function checkBytes(file: string, got: number, expected: number): void {
  if (got !== expected) throw damage(file, `${expected} bytes, got ${got}`);
}

function readFile(file: string, sort: 'document' | 'arrays'): Uint8Array {
  return found(file, () => readPlainFile(file, sort));
}

/** What is read of a file, which must be there. */
function found<R>(file: string, read: () => R): R {
  try {
    return reading(file, read);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new CheckpointError(
      `${file}: expected a file, got no such file; check the path or use another checkpoint`,
    );
  }
}

function damage(file: string, expected: string): CheckpointError {
  return new CheckpointError(`${file}: expected ${expected}; ${DAMAGED}`);
}
