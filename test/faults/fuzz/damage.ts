/** What is done to the folder of a run or a model: to what is in a file, to what a file is, to which files there are. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { anyChanges, arrayChanges, type Change, hashOf, inOrder, jsonChanges, logChanges } from './bytes.ts';
import type { Chance } from './chance.ts';

/** What was done. */
export interface Damage {
  /** From the folder. */
  readonly file: string;
  readonly what: string;
  /** Whether hashes were made to fit, so that the file says with every right what it did not say before. */
  readonly authored: boolean;
}

/** Damages a folder; most often one thing in it. `precious` is a file outside, for links to lead to. */
export function damageFolder(folder: string, precious: string, chance: Chance): Damage[] {
  const times = chance.often(0.8) ? 1 : 2 + chance.int(2);
  return Array.from({ length: times }, () => damageOnce(folder, precious, chance));
}

function damageOnce(folder: string, precious: string, chance: Chance): Damage {
  if (chance.often(0.08)) return { ...namesDamaged(folder, chance), authored: false };
  const files = filesIn(folder);
  if (files.length === 0 || chance.often(0.03)) return { ...lockDamaged(folder, chance), authored: false };
  const file = chance.pick(files);
  const path = join(folder, file);
  if (chance.often(0.15) || !fs.statSync(path).isFile())
    return { file, ...replaced(path, precious, chance), authored: false };
  return { file, ...changed(path, chance) };
}

/** The files of a folder, links and pipes as well; what is in folders that were put in another's place is left out. */
function filesIn(folder: string): string[] {
  return (fs.readdirSync(folder, { recursive: true, withFileTypes: true }) as fs.Dirent[])
    .filter((entry) => entry.isFile() && fs.statSync(join(entry.parentPath, entry.name)).size < 1e6)
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

// --- what is in a file

function changesOf(file: string): Readonly<Record<string, Change>> {
  if (file.endsWith('.json')) return jsonChanges;
  if (file.endsWith('.jsonl')) return logChanges;
  return file.endsWith('.safetensors') ? arrayChanges : anyChanges;
}

function changed(path: string, chance: Chance): Omit<Damage, 'file'> {
  const changes = chance.often(0.4) ? anyChanges : changesOf(path);
  const what = chance.pick(Object.keys(changes));
  try {
    fs.writeFileSync(path, changes[what]!(fs.readFileSync(path), chance));
  } catch (error) {
    // An earlier damage left nothing that this one could be done to.
    if (!(error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError))
      throw error;
  }
  const authored = chance.often(0.25) && fitHashes(path);
  return { what, authored };
}

/** Makes the hashes of a checkpoint or a card fit what its files are now; false where there are none to fit. */
function fitHashes(path: string): boolean {
  const folder = dirname(path);
  const [state, card] = [join(folder, 'state.json'), join(folder, 'card.json')];
  // Reading what was put in a file's place might never end.
  const plain = filesIn(folder);
  const bytesOf = (name: string) => {
    if (!plain.includes(name)) throw new Error('no file');
    return fs.readFileSync(join(folder, name));
  };
  if (!['state.json', 'card.json'].some((name) => plain.includes(name))) return false;
  try {
    if (plain.includes('card.json')) {
      const content = JSON.parse(fs.readFileSync(card, 'utf8'));
      const sha256 = hashOf(bytesOf('weights.safetensors'));
      fs.writeFileSync(card, JSON.stringify({ ...content, sha256 }));
      return true;
    }
    const { sha256: _, ...content } = JSON.parse(fs.readFileSync(state, 'utf8'));
    for (const name of Object.keys(content.files)) {
      const bytes = bytesOf(name);
      content.files[name] = { bytes: bytes.length, sha256: hashOf(bytes) };
    }
    const ordered = inOrder(content) as object;
    const sha256 = hashOf(JSON.stringify(ordered));
    fs.writeFileSync(state, `${JSON.stringify({ ...ordered, sha256 }, null, 2)}\n`);
    return true;
  } catch {
    return false;
  }
}

// --- what a file is

const kinds: Readonly<Record<string, (path: string, precious: string) => void>> = {
  'not there': () => {},
  'a folder': (path) => fs.mkdirSync(path),
  'a pipe': (path) => execFileSync('mkfifo', [path]),
  'a device that never ends': (path) => fs.symlinkSync('/dev/zero', path),
  'a device without anything': (path) => fs.symlinkSync('/dev/null', path),
  'a link to itself': (path) => fs.symlinkSync(basename(path), path),
  'a link to nowhere': (path) => fs.symlinkSync('nowhere', path),
  'a link to a file outside': (path, precious) => fs.symlinkSync(precious, path),
  'a link to a folder outside': (path, precious) => fs.symlinkSync(dirname(precious), path),
  'holes, 20 MB': (path) => sparse(path, 2e7),
  'holes, 5 GB': (path) => sparse(path, 5e9),
};

function sparse(path: string, bytes: number): void {
  fs.writeFileSync(path, '');
  fs.truncateSync(path, bytes);
}

function replaced(path: string, precious: string, chance: Chance): { what: string } {
  const what = chance.pick(Object.keys(kinds));
  fs.rmSync(path, { recursive: true, force: true });
  kinds[what]!(path, precious);
  return { what };
}

// --- which files there are

function namesDamaged(folder: string, chance: Chance): { file: string; what: string } {
  const checkpoints = join(folder, 'checkpoints');
  const steps =
    fs.existsSync(checkpoints) && fs.statSync(checkpoints).isDirectory() ? fs.readdirSync(checkpoints) : [];
  if (steps.length === 0) return lockDamaged(folder, chance);
  const step = chance.pick(steps);
  const file = `checkpoints/${step}`;
  const name = chance.pick([
    'step-100',
    'step-007',
    'step-1e3',
    'step-99999999999999999999',
    'step--1',
    'step-',
    'mine',
  ]);
  const to = join(checkpoints, name);
  const what = chance.pick(['lost', 'renamed', 'copied', 'without files', 'a file', 'all lost']);
  if (what === 'all lost') fs.rmSync(checkpoints, { recursive: true });
  else if (what === 'copied') fs.cpSync(join(checkpoints, step), to, { recursive: true, force: true });
  else if (what === 'renamed') {
    fs.rmSync(to, { recursive: true, force: true });
    fs.renameSync(join(checkpoints, step), to);
  } else {
    fs.rmSync(join(checkpoints, step), { recursive: true, force: true });
    if (what === 'without files') fs.mkdirSync(join(checkpoints, step));
    if (what === 'a file') fs.writeFileSync(join(checkpoints, step), 'mine');
  }
  return { file, what: what === 'renamed' || what === 'copied' ? `${what} ${name}` : what };
}

const locks: Readonly<Record<string, string>> = {
  empty: '',
  'no JSON': '{',
  'of a process that is not there': '{"pid":999999999,"host":"x","started":null}',
  'of no process': '{"pid":-1,"host":"x","started":"1"}',
  'of all processes': '{"pid":0,"host":"x","started":"1"}',
  'of a name to obey': '{"pid":1,"host":"\\u001b[2J\\nx","started":{}}',
  'of something else': '[[1]]',
};

function lockDamaged(folder: string, chance: Chance): { file: string; what: string } {
  const what = chance.pick(Object.keys(locks));
  const file = chance.pick(['lock', 'lock', 'lock.12', 'lock.0123456789abcdef']);
  fs.rmSync(join(folder, file), { recursive: true, force: true });
  fs.writeFileSync(join(folder, file), locks[what]!);
  return { file, what };
}
