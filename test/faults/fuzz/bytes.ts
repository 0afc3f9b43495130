/** Damage to what is in a file: its bytes, its JSON, its lines, the header of its arrays. */
import { createHash } from 'node:crypto';
import type { Chance } from './chance.ts';

/** A file's bytes made others. */
export type Change = (bytes: Buffer, chance: Chance) => Buffer;

const joined = (...parts: readonly (Buffer | string)[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as Buffer)));

/** Two places in a file, the first not after the second. */
function range(bytes: Buffer, { int }: Chance): [number, number] {
  const [a, b] = [int(bytes.length + 1), int(bytes.length + 1)];
  return a < b ? [a, b] : [b, a];
}

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  if (changed.length > 0) changed[at % changed.length] = value;
  return changed;
}

/** Of any file. */
export const anyChanges: Readonly<Record<string, Change>> = {
  'a bit': (bytes, { int }) => {
    const at = int(bytes.length);
    return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << int(8)));
  },
  'a byte': (bytes, { int }) => withByte(bytes, int(bytes.length), int(256)),
  'cut short': (bytes, { int }) => bytes.subarray(0, int(bytes.length + 1)),
  'a range lost': (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  'a range of zeros': (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    return Buffer.from(bytes).fill(0, from, to);
  },
  'a range twice': (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  'noise put in': (bytes, chance) => {
    const at = chance.int(bytes.length + 1);
    return joined(bytes.subarray(0, at), chance.bytes(1 + chance.int(64)), bytes.subarray(at));
  },
  'noise instead': (bytes, chance) => chance.bytes(chance.int(bytes.length + 1)),
  'noise after it': (bytes, chance) => joined(bytes, chance.bytes(1 + chance.int(64))),
  empty: () => Buffer.alloc(0),
};

// --- JSON

const hostile: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1.5,
  () => 1e308,
  () => 2 ** 53,
  () => -0,
  () => '',
  () => 'x',
  () => '../../precious',
  () => '\u001b[2J\n\u0000',
  () => 'x'.repeat(100_000),
  () => [],
  () => ({}),
  () => [[[[1]]]],
  () => ({ toString: 1, constructor: 2 }),
  () => 'engram.config/9',
];

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

/** A folder of the tree that has something in it, chosen by going down at random. */
function placeIn(tree: Tree, chance: Chance): Tree {
  const inner = Object.values(tree).filter(
    (value): value is Tree => isTree(value) && Object.keys(value).length > 0,
  );
  return inner.length > 0 && chance.often(0.6) ? placeIn(chance.pick(inner), chance) : tree;
}

function setIn(place: Tree, key: string, value: unknown): void {
  Object.defineProperty(place, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Changes of a parsed value, in its place. */
const treeChanges: readonly ((place: Tree, chance: Chance) => void)[] = [
  (place, chance) => setIn(place, chance.pick(Object.keys(place)), chance.pick(hostile)()),
  (place, chance) => {
    delete place[chance.pick(Object.keys(place))];
  },
  (place, chance) =>
    setIn(
      place,
      chance.pick(['extra', '__proto__', 'constructor', 'schema', '0', '']),
      chance.pick(hostile)(),
    ),
  (place, chance) => {
    const numbers = Object.keys(place).filter((key) => typeof place[key] === 'number');
    const key = chance.pick(numbers.length > 0 ? numbers : Object.keys(place));
    setIn(
      place,
      key,
      Number(place[key]) * chance.pick([-1, 0.5, 2, 1e9, 1 + 2 ** -52]) + chance.pick([0, 1]),
    );
  },
];

/** A value with something in it changed; what has nothing in it becomes something else. */
export function changedTree(value: unknown, chance: Chance): unknown {
  if (!isTree(value) || Object.keys(value).length === 0) return chance.pick(hostile)();
  const copy = structuredClone(value);
  chance.pick(treeChanges)(placeIn(copy, chance), chance);
  return copy;
}

/** Of a file that is one JSON document. */
export const jsonChanges: Readonly<Record<string, Change>> = {
  'a value': (bytes, chance) =>
    Buffer.from(`${JSON.stringify(changedTree(JSON.parse(bytes.toString()), chance), null, 2)}\n`),
  'a key twice': (bytes, chance) => {
    const keys = [...bytes.toString().matchAll(/"(\w+)":/g)].map(([, key]) => key);
    const again = `{ "${chance.pick(keys)}": ${JSON.stringify(chance.pick(hostile)())},`;
    return Buffer.from(bytes.toString().replace('{', () => again));
  },
  'another document': (_, chance) => Buffer.from(JSON.stringify(chance.pick(hostile)())),
  'a mark of its encoding': (bytes) => joined(Buffer.from([0xef, 0xbb, 0xbf]), bytes),
  'spaces only': () => Buffer.from(' \n\t\r\n'),
  'no end of brackets': (_, chance) => Buffer.from(chance.pick(['[', '{"a":']).repeat(200_000)),
  'other line ends': (bytes) => Buffer.from(bytes.toString().replaceAll('\n', '\r\n')),
};

// --- lines

const lineChanges: readonly ((lines: string[], chance: Chance) => void)[] = [
  (lines, { int }) => lines.splice(int(lines.length), 1 + int(3)),
  (lines, { int }) => lines.splice(int(lines.length), 0, lines[int(lines.length)]!),
  (lines, { int }) => {
    const [a, b] = [int(lines.length), int(lines.length)];
    [lines[a], lines[b]] = [lines[b]!, lines[a]!];
  },
  (lines, chance) =>
    lines.splice(
      chance.int(lines.length + 1),
      0,
      chance.pick(['', '{}', 'null', '[', '{"kind":"step"}', '\u0000', 'x'.repeat(300_000)]),
    ),
  (lines, chance) => {
    const at = chance.int(lines.length);
    lines[at] = JSON.stringify(changedTree(JSON.parse(lines[at]!), chance));
  },
];

/** Of a log of one JSON document a line. */
export const logChanges: Readonly<Record<string, Change>> = {
  'its lines': (bytes, chance) => {
    const lines = bytes.toString().trimEnd().split('\n');
    chance.pick(lineChanges)(lines, chance);
    return Buffer.from(`${lines.join('\n')}\n`);
  },
  'a last line without its end': (bytes) => bytes.subarray(0, bytes.length - 1),
  'other line ends': (bytes) => Buffer.from(bytes.toString().replaceAll('\n', '\r\n')),
};

// --- arrays

/** Of a safetensors file. */
export const arrayChanges: Readonly<Record<string, Change>> = {
  'the length of its header': (bytes, chance) => {
    const changed = Buffer.from(bytes);
    const length = chance.pick([
      0n,
      1n,
      7n,
      2n ** 63n,
      2n ** 64n - 1n,
      BigInt(bytes.length),
      BigInt(chance.int(4096)),
    ]);
    changed.writeBigUInt64LE(length);
    return changed;
  },
  'its header': (bytes, chance) => {
    const end = 8 + Number(bytes.readBigUInt64LE());
    const tree = changedTree(JSON.parse(bytes.subarray(8, end).toString()), chance);
    const header = Buffer.from(JSON.stringify(tree));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return joined(length, header, bytes.subarray(end));
  },
  'a number of it': (bytes, chance) => {
    const changed = Buffer.from(bytes);
    const value = chance.pick([Number.NaN, Number.POSITIVE_INFINITY, 3e38, -3e38, 1e-42, 0, 12]);
    const end = 8 + Number(bytes.readBigUInt64LE());
    if (bytes.length > end) changed.writeFloatLE(value, end + 4 * chance.int((bytes.length - end) / 4));
    return changed;
  },
};

// --- hashes, as a stranger would make them

/** The SHA-256 of bytes or a text. */
export function hashOf(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A value with the keys of every object in order. */
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, inOrder(value[key])]),
  );
}
