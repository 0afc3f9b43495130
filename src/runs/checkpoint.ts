/**
 * The checkpoints of a run, `checkpoints/step-N`. One is written to a folder of another name, synced and renamed, so it
 * is there whole or not at all. Which is the last and which the best is told by the checkpoints themselves: the last has
 * the highest step, and the best the lowest loss in the evaluation of its own step. The files `last` and `best` in the
 * run's folder say so to a person; nothing here reads them.
 */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CheckpointError } from '../core/errors.ts';
import {
  type Checkpoint,
  type LoadedCheckpoint,
  readCheckpoint,
  readState,
  STEP_FOLDER,
  type StateFile,
  writeCheckpoint,
} from './checkpoint-folder.ts';
import { FormatError } from './format.ts';
import { readPlainFile } from './plain-file.ts';
import { isMissing, isThere, reading, refused, writing } from './storage.ts';
import {
  clearTemporaries,
  isTemporary,
  quietly,
  removeWhole,
  replaceFile,
  syncFolder,
  temporaryIn,
} from './whole-file.ts';

/** A checkpoint that was found whole. */
export interface UsableCheckpoint {
  readonly checkpoint: LoadedCheckpoint;
  /** One line for each checkpoint that was to be taken first and is damaged. */
  readonly damaged: readonly string[];
}

/** The hash that a checkpoint is to have, or those of which it may have one; any where there is none. */
type Hashes = string | readonly string[] | undefined;
/** A checkpoint whose place another of the same step is about to take; it counts until that is there. */
const REPLACED = /^\.tmp-step-(\d+)-replaced$/;

/** Where a checkpoint is, whose contents are not known yet. */
interface Place {
  readonly step: number;
  readonly path: string;
}

/**
 * Makes the folder that a run's checkpoints are saved in, where it has none.
 * @throws StorageError when the disk refuses
 */
export function makeCheckpointFolder(runDir: string): void {
  const folder = join(runDir, 'checkpoints');
  if (!isThere(folder)) writing(folder, () => fs.mkdirSync(folder));
  refuseLink(folder);
}

/** A link would have checkpoints written, and older ones removed, where it leads. */
function refuseLink(folder: string): void {
  const isLink = reading(folder, () => fs.lstatSync(folder)).isSymbolicLink();
  if (isLink) throw refused(folder, Object.assign(new Error('link'), { code: 'ELOOP' }));
}

/**
 * Writes a checkpoint, and removes all but the newest `keep` and the best. A checkpoint of the same step is replaced.
 * Returns the checkpoint's folder.
 * @throws StorageError when the disk refuses, or the run has no folder for checkpoints (any more: where it was moved or
 *   removed nothing comes back); the checkpoints before it are as they were
 */
export function saveCheckpoint(
  runDir: string,
  checkpoint: Checkpoint,
  { keep }: { readonly keep: number },
): string {
  const folder = join(runDir, 'checkpoints');
  const path = join(folder, `step-${checkpoint.state.step}`);
  const temporary = temporaryIn(folder);
  return writing(path, () => {
    recover(folder);
    try {
      writeCheckpoint(temporary, checkpoint);
      putInPlace(temporary, path);
    } catch (error) {
      quietly(() => fs.rmSync(temporary, { recursive: true, force: true }));
      throw error;
    }
    settle(runDir, keep);
    return path;
  });
}

/**
 * Reads the checkpoint in a folder of its own, or a run's.
 * @throws CheckpointError when it is missing, damaged, or of another configuration than `configHash`
 */
export function loadCheckpoint(
  path: string,
  { which = 'last', configHash }: { readonly which?: 'last' | 'best'; readonly configHash?: Hashes } = {},
): LoadedCheckpoint {
  const loaded = readCheckpoint(isRun(path) ? chosen(path, which) : path);
  checkConfig(loaded.path, loaded, configHash);
  return loaded;
}

/** A run may be called `step-5`, and a checkpoint may have lost any of its files. */
function isRun(path: string): boolean {
  return ['checkpoints', 'config.json'].some((name) => isThere(join(path, name)));
}

function chosen(runDir: string, which: 'last' | 'best'): string {
  const places = placesOf(runDir);
  const place = which === 'last' ? places.at(-1) : bestOf(places.map(withState));
  if (!place) throw noCheckpoint(runDir);
  return place.path;
}

/**
 * The newest checkpoint of a run that can be used. Damaged ones are renamed `damaged-...` and named, and what a killed
 * process left is cleared away; with `keep`, so are the older ones that it was about to remove.
 * @throws CheckpointError when there is none, or it is of another configuration than `configHash`; FormatError when the
 *   newest is a newer Engram's; StorageError when it cannot be read, which does not make it damaged
 */
export function newestUsable(
  runDir: string,
  { configHash, keep }: { readonly configHash?: Hashes; readonly keep?: number } = {},
): UsableCheckpoint {
  const folder = join(runDir, 'checkpoints');
  if (isThere(folder)) refuseLink(folder);
  writing(folder, () => recover(folder));
  writing(runDir, () => clearTemporaries(runDir));
  const lost = lostCheckpoint(runDir);
  const damaged: string[] = [];
  for (const { path } of placesOf(runDir).reverse()) {
    const checkpoint = whole(
      () => readCheckpoint(path),
      (line) => damaged.push(`${line} (set aside as ${setAside(path)})`),
    );
    if (!checkpoint) continue;
    checkConfig(path, checkpoint, configHash);
    writing(runDir, () => settle(runDir, keep));
    return { checkpoint, damaged: lost === undefined ? damaged : [lost, ...damaged] };
  }
  if (damaged.length === 0) throw noCheckpoint(runDir);
  throw new CheckpointError(
    `${allDamaged(runDir, damaged.length)} (they are set aside as checkpoints/damaged-...)`,
  );
}

/**
 * The best checkpoint of a run: the one whose own evaluation was the lowest, or the newest where none has one; where it
 * is damaged, the newest that is whole. Nothing is changed.
 * @throws as `newestUsable`
 */
export function bestUsable(
  runDir: string,
  { configHash }: { readonly configHash?: Hashes } = {},
): UsableCheckpoint {
  const damaged: string[] = [];
  const note = (line: string) => damaged.push(line);
  const found = placesOf(runDir).flatMap((place) => whole(() => withState(place), note) ?? []);
  for (const { path, content } of found) checkConfig(path, content, configHash);
  const lost = lostCheckpoint(runDir, found.at(-1)?.content);
  const best = bestOf(found);
  const others = found.filter((place) => place !== best).reverse();
  for (const { path } of best ? [best, ...others] : []) {
    const checkpoint = whole(() => readCheckpoint(path), note);
    if (checkpoint) return { checkpoint, damaged: lost === undefined ? damaged : [lost, ...damaged] };
  }
  if (damaged.length === 0) throw noCheckpoint(runDir);
  throw new CheckpointError(damaged.length === 1 ? damaged[0] : allDamaged(runDir, damaged.length));
}

function noCheckpoint(runDir: string): CheckpointError {
  return new CheckpointError(`${runDir}: expected a checkpoint, got none; begin the run again`);
}

function allDamaged(runDir: string, count: number): string {
  return `${runDir}: expected a whole checkpoint, got ${count} damaged; train again with --config ${join(runDir, 'config.json')}`;
}

/**
 * One line where a run has lost its newest checkpoint, or the best that the newest knows of: `last` is never ahead of what
 * was saved, and the best is never removed.
 * @param newest of those that are there
 */
export function lostCheckpoint(runDir: string, newest?: StateFile): string | undefined {
  const steps = checkpointSteps(runDir);
  if (steps.length === 0 && isThere(join(runDir, 'last')))
    return `${join(runDir, 'checkpoints')}: expected the checkpoint that was saved, got none; put it back if you have it`;
  const last = Number(STEP_FOLDER.exec(pointerIn(runDir, 'last'))?.[1] ?? -1);
  const best = newest?.state.best?.step ?? -1;
  const lost = last > (steps.at(-1) ?? -1) ? last : best;
  if (lost < 0 || steps.includes(lost)) return undefined;
  const which = lost === last ? 'newest' : 'best';
  return `${join(runDir, 'checkpoints', `step-${lost}`)}: expected the ${which} checkpoint, got none; put it back if you have it`;
}

/** What a pointer says to a person; nothing where it cannot be read. */
function pointerIn(runDir: string, which: 'last' | 'best'): string {
  try {
    return readPlainFile(join(runDir, which), 'document').toString().trim();
  } catch {
    return '';
  }
}

/** The state of a run's newest checkpoint whose state is whole, if there is one. */
export function newestState(runDir: string): StateFile['state'] | undefined {
  for (const place of placesOf(runDir).reverse()) {
    const found = stateOr(place, new Set());
    if (found) return found.content.state;
  }
  return undefined;
}

/** The steps that a run has checkpoints of, ascending. */
export function checkpointSteps(runDir: string): number[] {
  return placesOf(runDir).map(({ step }) => step);
}

// --- which there are

/** The checkpoints of a run by their names, oldest first. */
function placesOf(runDir: string): Place[] {
  const folder = join(runDir, 'checkpoints');
  const names = namesIn(folder);
  const places = (pattern: RegExp) =>
    names.flatMap((name): [number, string][] => {
      const step = pattern.exec(name)?.[1];
      return step === undefined ? [] : [[Number(step), join(folder, name)]];
    });
  return [...new Map([...places(REPLACED), ...places(STEP_FOLDER)])]
    .map(([step, path]) => ({ step, path }))
    .sort((a, b) => a.step - b.step);
}

function namesIn(folder: string): string[] {
  try {
    return reading(folder, () => fs.readdirSync(folder));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function withState(place: Place): Place & { readonly content: StateFile } {
  return { ...place, content: readState(place.path) };
}

/** Of equal ones the earliest, which training counted as the best too; the newest where none was evaluated. */
function bestOf<P extends { readonly content: StateFile }>(oldestFirst: readonly P[]): P | undefined {
  const bits = ({ content: { state } }: P) =>
    state.evaluated?.step === state.step ? state.evaluated.scores.bitsPerSequence : Number.POSITIVE_INFINITY;
  const lowest = Math.min(...oldestFirst.map(bits));
  return lowest < Number.POSITIVE_INFINITY
    ? oldestFirst.find((place) => bits(place) === lowest)
    : oldestFirst.at(-1);
}

/** What is read, or nothing where it is damaged, which is told. What cannot be read, or is newer, is not damaged. */
function whole<T>(read: () => T, damaged: (line: string) => void): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    damaged(error.message);
    return undefined;
  }
}

function isDamage(error: unknown): error is CheckpointError {
  return error instanceof CheckpointError && !(error instanceof FormatError);
}

function checkConfig(path: string, found: { readonly configHash: string }, expected: Hashes): void {
  if (expected === undefined || [expected].flat().includes(found.configHash)) return;
  throw new CheckpointError(
    `${path}: expected a checkpoint of configuration ${[expected].flat()[0]?.slice(0, 12)}, got one of ${found.configHash.slice(0, 12)}; resume it in its own run`,
  );
}

// --- how they come and go

function putInPlace(temporary: string, target: string): void {
  const replaced = join(dirname(target), `.tmp-${basename(target)}-replaced`);
  if (isThere(target)) fs.renameSync(target, replaced);
  fs.renameSync(temporary, target);
  syncFolder(dirname(target));
  fs.rmSync(replaced, { recursive: true, force: true });
}

/** Clears away what a killed process left; a checkpoint that it was about to replace is put back. */
function recover(folder: string): void {
  for (const name of namesIn(folder)) {
    const replaced = REPLACED.exec(name)?.[1];
    if (replaced !== undefined && !isThere(join(folder, `step-${replaced}`)))
      fs.renameSync(join(folder, name), join(folder, `step-${replaced}`));
    else if (isTemporary(name)) fs.rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Removes all but the newest `keep`, the best, and what cannot be looked into and may be it; tells which are which. */
function settle(runDir: string, keep: number = Number.POSITIVE_INFINITY): void {
  const places = placesOf(runDir);
  const closed = new Set<Place>();
  const best = bestOf(places.flatMap((place) => stateOr(place, closed) ?? []));
  for (const place of places.slice(0, -keep))
    if (place.step !== best?.step && !closed.has(place)) removeWhole(place.path);
  // Among those that could not be looked into may be the best: what is said of it stays.
  const told = { last: places.at(-1), best: closed.size === 0 ? best : undefined };
  for (const [which, place] of Object.entries(told))
    if (place) writePointer(join(runDir, which), `step-${place.step}\n`);
}

/** A place with its state, where that is whole; those that the disk refuses, or are newer, are noted. */
function stateOr(place: Place, closed: Set<Place>): ReturnType<typeof withState> | undefined {
  try {
    return withState(place);
  } catch (error) {
    if (!isDamage(error)) closed.add(place);
    return undefined;
  }
}

/** For a person, and put right when the run goes on: not waited for until it is on the disk. */
function writePointer(file: string, text: string): void {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  // What is larger is not read: it may be a file of holes.
  if (stat?.isFile() && stat.size === text.length && fs.readFileSync(file, 'utf8') === text) return;
  replaceFile(file, text, { synced: false });
}

/** Returns where the checkpoint is now. */
function setAside(path: string): string {
  const aside = freeName(join(dirname(path), `damaged-${basename(path)}`));
  writing(path, () => fs.renameSync(path, aside));
  return aside;
}

function freeName(path: string): string {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? path : `${path}-${i}`;
    if (!isThere(candidate)) return candidate;
  }
}
