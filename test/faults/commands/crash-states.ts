/**
 * What a command may leave when it is killed: the folder as it is before each of its calls, and in the middle of those
 * that are not done at once. Nothing is done after a kill, so one run that is looked at between its calls shows them all.
 */
import * as fs from 'node:fs';
import { relative } from 'node:path';
import { type Call, isMaking, watchDisk } from './disk.ts';
import { readTree, type Tree, treeHash } from './tree.ts';

/** A folder that a killed command left. */
export interface CrashState {
  /** Where it was killed: `before call 17, renameSync run/.tmp-... `. */
  readonly at: string;
  readonly tree: Tree;
  /** Whether the power went with it, so that the contents that were not synced are lost. */
  readonly powerCut: boolean;
}

/** What was found. */
export interface CrashStates {
  /** How many calls the command made. */
  readonly calls: number;
  /** How many points in and between them were looked at. */
  readonly points: number;
  /** The different folders among them. */
  readonly states: readonly CrashState[];
}

/** Calls that change nothing, after which the folder is as before. */
const LOOKS = /^(open|read|fsync|close|exists|[lf]?stat|realpath|access)/;
/** Calls that are done at once or not at all. */
const AT_ONCE = /^(mkdir|rename|link|symlink|unlink|rmdir|truncate|ftruncate|chmod|utimes|mkdtemp)/;

/** Runs something that changes a folder, and collects what it may leave of it. */
export async function crashStates(root: string, work: () => Promise<unknown>): Promise<CrashStates> {
  const states = new Map<string, CrashState>();
  const synced = new Synced(root);
  let calls = 0;
  let points = 0;
  let last: Map<string, Buffer> | undefined;
  const note = (tree: Tree, at: string) => {
    points++;
    const add = (state: CrashState) => {
      const hash = treeHash(state.tree);
      if (!states.has(hash)) states.set(hash, state);
    };
    add({ at, tree, powerCut: false });
    add({ at: `${at}, and the power`, tree: synced.of(tree), powerCut: true });
  };
  const stop = watchDisk(root, (call) => {
    last ??= readTree(root);
    const at = `call ${++calls}, ${call.name} ${relative(root, call.path)}`;
    note(last, `before ${at}`);
    for (const tree of tornBy(call, last, relative(root, call.path))) note(tree, `in the middle of ${at}`);
    synced.follow(call);
    if (!LOOKS.test(call.name) || isMaking(call)) last = undefined;
  });
  try {
    await work();
  } finally {
    stop();
  }
  note(readTree(root), 'after the last call');
  return { calls, points, states: [...states.values()] };
}

/** The folders that a call may leave when it is stopped in its middle. */
function tornBy({ name, args }: Call, before: Tree, path: string): Tree[] {
  if (LOOKS.test(name) || AT_ONCE.test(name)) return [];
  const with_ = (content: Buffer) => new Map(before).set(path, content);
  if (name === 'writeFileSync') {
    const content = Buffer.from(args[1] as Uint8Array);
    const earlier = typeof args[0] === 'number' ? before.get(path)! : Buffer.alloc(0);
    const lengths = new Set([0, 1, content.length >> 1, content.length - 1]);
    return [...lengths].map((length) => with_(Buffer.concat([earlier, content.subarray(0, length)])));
  }
  if (name === 'rmSync') {
    const inside = [...before.keys()].filter((one) => one.startsWith(`${path}/`)).reverse();
    return inside.map((_, i) => {
      const tree = new Map(before);
      for (const one of inside.slice(0, i + 1)) tree.delete(one);
      return tree;
    });
  }
  throw new Error(`${name}: expected a call whose middle is known, got this one; say what it may leave`);
}

/** How much of each file is on the disk, as opposed to on its way there; names are taken to be there at once, in order. */
class Synced {
  readonly #root: string;
  readonly #lengths: Map<string, number>;

  /** What is there at the beginning is on the disk. */
  constructor(root: string) {
    this.#root = root;
    this.#lengths = new Map([...readTree(root)].map(([path, { length }]) => [path, length]));
  }

  /** Notes what a call, which is about to be made, puts on the disk, moves or takes away. */
  follow({ name, args, path: whole }: Call): void {
    const path = relative(this.#root, whole);
    const flushes = (args[2] as { flush?: boolean } | undefined)?.flush === true;
    if (name === 'fsyncSync' && fs.lstatSync(whole).isFile())
      this.#lengths.set(path, fs.lstatSync(whole).size);
    if (name === 'writeFileSync' && typeof args[0] === 'string')
      this.#lengths.set(path, flushes ? (args[1] as Uint8Array).length : 0);
    if (name === 'rmSync' || name === 'unlinkSync') this.#move(path, undefined);
    if (name === 'renameSync') this.#move(path, relative(this.#root, String(args[1])));
  }

  #move(from: string, to: string | undefined): void {
    const under = (folder: string) =>
      [...this.#lengths].filter(([path]) => path === folder || path.startsWith(`${folder}/`));
    const moved = under(from);
    for (const [path] of [...moved, ...(to === undefined ? [] : under(to))]) this.#lengths.delete(path);
    if (to === undefined) return;
    for (const [path, length] of moved) this.#lengths.set(to + path.slice(from.length), length);
  }

  /** What of a tree is on the disk. */
  of(tree: Tree): Tree {
    return new Map(
      [...tree].map(([path, content]) => [path, content.subarray(0, this.#lengths.get(path) ?? 0)]),
    );
  }
}
