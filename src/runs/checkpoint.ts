/**
 * Checkpoints on disk: `checkpoints/step-N/{weights.safetensors, optimizer.safetensors, state.json}` in a run's
 * folder, and the pointer files `last` and `best` beside it. A checkpoint is written to a folder of another name,
 * synced and renamed, so it is there whole or not at all. state.json carries the SHA-256 of each file and of itself.
 * What is read is a stranger's: sizes, hashes, JSON and arrays are checked, and damage is named in one line.
 * The only file of training that touches the disk.
 */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { NamedArrays } from '../core/contracts.ts';
import { CheckpointError } from '../core/errors.ts';
import type { Config } from '../train/config.ts';
import { OPTIMIZER } from '../train/engine.ts';
import { type LoopState, loopStateSchema } from '../train/loop.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import { canonicalJson, sha256 } from './sha256.ts';

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

/** What `newestUsable` found. */
export interface NewestCheckpoint {
  readonly checkpoint: LoadedCheckpoint;
  /** One line for each newer checkpoint that was damaged, saying what is wrong and where it was put. */
  readonly damaged: readonly string[];
}

const WEIGHTS = 'weights.safetensors';
const OPTIMIZER_FILE = 'optimizer.safetensors';
const STATE = 'state.json';
const STEP_FOLDER = /^step-(\d+)$/;
const REPLACED = /^\.tmp-(step-\d+)-replaced$/;

const fileRecord = z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const stateSchema = z.strictObject({
  schema: z.literal('engram.checkpoint/1'),
  configHash: z.string(),
  versions: z.record(z.string(), z.string()),
  files: z.strictObject({ [WEIGHTS]: fileRecord, [OPTIMIZER_FILE]: fileRecord }),
  state: loopStateSchema,
});
type StateFile = z.infer<typeof stateSchema>;

/**
 * SHA-256 of what decides a run's numbers: everything but the budget, how often it is saved, and what computes it. Of
 * code that is not ours the contents count, not where it lies or what the files are called.
 * A checkpoint goes on only under the configuration it was made with.
 */
export function configHash(config: Config): string {
  const {
    budget: _b,
    checkpoint: _c,
    engine: _e,
    backend: _a,
    threads: _t,
    relaxedSimd: _r,
    source,
    ...numbers
  } = config;
  const code = source && { code: Object.values(source.files).sort() };
  return sha256(canonicalJson({ ...numbers, ...code }));
}

/**
 * Writes a checkpoint, points `last` (and `best`, if it is) at it, and removes all but the newest `keep`; those that
 * the pointers name always stay. A checkpoint of the same step is replaced. Returns the checkpoint's folder.
 * @throws CheckpointError when the disk refuses; the checkpoints before it are as they were
 */
export function saveCheckpoint(
  runDir: string,
  checkpoint: Checkpoint,
  { keep, best = false }: { readonly keep: number; readonly best?: boolean },
): string {
  const folder = join(runDir, 'checkpoints');
  const name = `step-${checkpoint.state.step}`;
  const temporary = join(folder, `.tmp-${name}`);
  return writing(join(folder, name), temporary, () => {
    // Not the folders above: where the run was removed nothing is to come back.
    if (!fs.existsSync(folder)) fs.mkdirSync(folder);
    recover(folder);
    writeFolder(temporary, checkpointFiles(checkpoint));
    putInPlace(temporary, join(folder, name));
    writePointer(runDir, 'last', name);
    if (best) writePointer(runDir, 'best', name);
    prune(runDir, keep);
    return join(folder, name);
  });
}

/**
 * Reads the checkpoint in a folder of its own, or the one that a run's pointer names.
 * @throws CheckpointError when it is missing, damaged, or of another configuration than `configHash`
 */
export function loadCheckpoint(
  path: string,
  { which = 'last', configHash }: { readonly which?: 'last' | 'best'; readonly configHash?: string } = {},
): LoadedCheckpoint {
  const own = fs.existsSync(join(path, STATE)) || STEP_FOLDER.test(basename(path));
  const folder = own ? path : join(path, 'checkpoints', readPointer(path, which));
  const loaded = readFolder(folder);
  checkConfig(loaded, configHash);
  return loaded;
}

/**
 * The newest checkpoint of a run that can be used, whatever the pointers say. Damaged ones are renamed `damaged-...`
 * and named, and `last` is put right.
 * @throws CheckpointError when there is none, or it is of another configuration than `configHash`
 */
export function newestUsable(runDir: string, configHash?: string): NewestCheckpoint {
  const folder = join(runDir, 'checkpoints');
  writing(folder, undefined, () => recover(folder));
  const damaged: string[] = [];
  for (const step of checkpointSteps(runDir).reverse()) {
    const name = `step-${step}`;
    const checkpoint = readOrSetAside(runDir, name, damaged);
    if (!checkpoint) continue;
    checkConfig(checkpoint, configHash);
    if (damaged.length > 0) writing(checkpoint.path, undefined, () => writePointer(runDir, 'last', name));
    return { checkpoint, damaged };
  }
  throw new CheckpointError(
    damaged.length === 0
      ? `${runDir}: expected a checkpoint, got none; begin the run again`
      : `${allDamaged(runDir, damaged.length)} (they are set aside as checkpoints/damaged-...)`,
  );
}

/** What is said of a run none of whose checkpoints can be used. */
export function allDamaged(runDir: string, count: number): string {
  return `${runDir}: expected a whole checkpoint, got ${count} damaged; train again with --config ${join(runDir, 'config.json')}`;
}

/** The steps that a run has checkpoints of, ascending. */
export function checkpointSteps(runDir: string): number[] {
  const names = fs.existsSync(join(runDir, 'checkpoints')) ? fs.readdirSync(join(runDir, 'checkpoints')) : [];
  return names
    .flatMap((name) => STEP_FOLDER.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * The arrays of a safetensors file, or of a folder's weights.safetensors: a model that ships without a run.
 * @throws CheckpointError when it is missing or damaged
 */
export function loadWeights(path: string): NamedArrays {
  const file = path.endsWith('.safetensors') ? path : join(path, WEIGHTS);
  return decodeSafetensors(readFile(file), file).arrays;
}

/**
 * Lets the checkpoints of a run count as another configuration's: their arrays are as they were.
 * @throws CheckpointError when one is damaged, or the disk refuses
 */
export function adoptCheckpoints(runDir: string, configHash: string): void {
  for (const step of checkpointSteps(runDir)) {
    const file = join(runDir, 'checkpoints', `step-${step}`, STATE);
    const text = stateText({ ...readState(file), configHash });
    writing(file, `${file}.tmp`, () => {
      writeSynced(`${file}.tmp`, text);
      fs.renameSync(`${file}.tmp`, file);
    });
  }
}

// --- writing

/** Turns what the disk refuses into one line, and leaves nothing half written. */
function writing<R>(path: string, temporary: string | undefined, write: () => R): R {
  try {
    return write();
  } catch (error) {
    if (temporary) quietly(() => fs.rmSync(temporary, { recursive: true, force: true }));
    throw writeError(path, error);
  }
}

function writeError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new CheckpointError(
      `${path}: expected room on the disk, got a full one (${code}); earlier checkpoints are intact: free some space, then resume`,
    );
  if (code === 'ENOENT')
    return new CheckpointError(
      `${path}: expected the folder of the run, got none; it was moved or removed while the run went on, which ends here`,
    );
  return new CheckpointError(
    `${path}: expected a folder that can be written, got ${code}; earlier checkpoints are intact: mend its rights, then resume`,
  );
}

function quietly(run: () => void): void {
  try {
    run();
  } catch {
    // What is being cleaned up is not worth hiding the first error for.
  }
}

/** The three files by name. */
function checkpointFiles({ arrays, state, configHash, versions }: Checkpoint): Record<string, Uint8Array> {
  const isOptimizer = ([name]: [string, unknown]) => name.startsWith(OPTIMIZER);
  const part = (wanted: boolean) =>
    encodeSafetensors(
      Object.fromEntries(Object.entries(arrays).filter((entry) => isOptimizer(entry) === wanted)),
    );
  const values = { [WEIGHTS]: part(false), [OPTIMIZER_FILE]: part(true) };
  const record = (bytes: Uint8Array) => ({ bytes: bytes.length, sha256: sha256(bytes) });
  const files = { [WEIGHTS]: record(values[WEIGHTS]!), [OPTIMIZER_FILE]: record(values[OPTIMIZER_FILE]!) };
  const text = stateText({ schema: 'engram.checkpoint/1', configHash, versions, files, state });
  return { ...values, [STATE]: new TextEncoder().encode(text) };
}

/** The text of state.json: keys in order, and last the hash of all the rest. */
function stateText(content: unknown): string {
  const canonical = canonicalJson(content);
  return `${JSON.stringify({ ...JSON.parse(canonical), sha256: sha256(canonical) }, null, 2)}\n`;
}

function writeFolder(folder: string, files: Readonly<Record<string, Uint8Array>>): void {
  fs.mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeSynced(join(folder, name), bytes);
  syncFolder(folder);
}

function writeSynced(file: string, bytes: Uint8Array | string): void {
  const descriptor = fs.openSync(file, 'w');
  try {
    fs.writeFileSync(descriptor, bytes);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** A rename is on disk when its folder is; Windows cannot sync a folder and does not need to. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function putInPlace(temporary: string, target: string): void {
  const replaced = `${temporary}-replaced`;
  if (fs.existsSync(target)) fs.renameSync(target, replaced);
  fs.renameSync(temporary, target);
  syncFolder(dirname(target));
  fs.rmSync(replaced, { recursive: true, force: true });
}

function writePointer(runDir: string, which: 'last' | 'best', name: string): void {
  const temporary = join(runDir, `.tmp-${which}`);
  writeSynced(temporary, `${name}\n`);
  fs.renameSync(temporary, join(runDir, which));
  syncFolder(runDir);
}

/** Clears away what a killed process left; a checkpoint that it was about to replace is put back. */
function recover(folder: string): void {
  for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    const replaced = REPLACED.exec(name)?.[1];
    if (replaced !== undefined && !fs.existsSync(join(folder, replaced)))
      fs.renameSync(join(folder, name), join(folder, replaced));
    else if (name.startsWith('.tmp-')) fs.rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function prune(runDir: string, keep: number): void {
  const named = new Set([pointerOf(runDir, 'last'), pointerOf(runDir, 'best')]);
  for (const step of checkpointSteps(runDir).slice(0, -keep))
    if (!named.has(`step-${step}`))
      fs.rmSync(join(runDir, 'checkpoints', `step-${step}`), { recursive: true, force: true });
}

// --- reading

function readFolder(path: string): LoadedCheckpoint {
  const { files, state, configHash, versions } = readState(join(path, STATE));
  const arrays = {
    ...readArrays(join(path, WEIGHTS), files[WEIGHTS]),
    ...readArrays(join(path, OPTIMIZER_FILE), files[OPTIMIZER_FILE]),
  };
  return { path, arrays, state, configHash, versions };
}

function readState(file: string): StateFile {
  const text = new TextDecoder().decode(readFile(file));
  const { sha256: _hash, ...content } = parseObject(text, file);
  const parsed = stateSchema.safeParse(content);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw damage(file, `the state of a checkpoint, got ${path.join('.')}: ${message}`);
  }
  if (stateText(content) !== text) throw damage(file, 'what its own sha256 says, got something else');
  return parsed.data;
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

function readArrays(file: string, record: z.infer<typeof fileRecord>): NamedArrays {
  const bytes = readFile(file);
  if (bytes.length !== record.bytes) throw damage(file, `${record.bytes} bytes, got ${bytes.length}`);
  const changed = sha256(bytes) !== record.sha256;
  // What is wrong with the format says more than that something is wrong, so it is looked for first.
  const { arrays } = decodeSafetensors(bytes, file);
  if (changed) throw damage(file, `sha256 ${record.sha256.slice(0, 12)}..., got bytes that were changed`);
  return arrays;
}

function readFile(file: string): Uint8Array {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const got = code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : code;
    throw new CheckpointError(
      `${file}: expected a file, got ${got}; check the path or use another checkpoint`,
    );
  }
}

function damage(file: string, expected: string): CheckpointError {
  return new CheckpointError(`${file}: expected ${expected}; the file is damaged, use another checkpoint`);
}

function checkConfig(loaded: LoadedCheckpoint, expected: string | undefined): void {
  if (expected === undefined || loaded.configHash === expected) return;
  throw new CheckpointError(
    `${loaded.path}: expected a checkpoint of configuration ${expected.slice(0, 12)}, got one of ${loaded.configHash.slice(0, 12)}; resume it in its own run`,
  );
}

function readOrSetAside(runDir: string, name: string, damaged: string[]): LoadedCheckpoint | undefined {
  const path = join(runDir, 'checkpoints', name);
  try {
    return readFolder(path);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const aside = join(runDir, 'checkpoints', freeName(runDir, `damaged-${name}`));
    writing(path, undefined, () => {
      fs.renameSync(path, aside);
      if (pointerOf(runDir, 'best') === name) fs.rmSync(join(runDir, 'best'));
    });
    damaged.push(`${error.message} (set aside as ${aside})`);
    return undefined;
  }
}

function freeName(runDir: string, name: string): string {
  const taken = (candidate: string) => fs.existsSync(join(runDir, 'checkpoints', candidate));
  if (!taken(name)) return name;
  for (let i = 2; ; i++) if (!taken(`${name}-${i}`)) return `${name}-${i}`;
}

/** The checkpoint that a pointer names, if it names one. */
function pointerOf(runDir: string, which: 'last' | 'best'): string | undefined {
  const file = join(runDir, which);
  const name = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : '';
  return STEP_FOLDER.test(name) ? name : undefined;
}

function readPointer(runDir: string, which: 'last' | 'best'): string {
  const name = pointerOf(runDir, which);
  if (name === undefined)
    throw new CheckpointError(
      `${join(runDir, which)}: expected the name of a checkpoint, got none; give a run or a checkpoint's folder`,
    );
  return name;
}
