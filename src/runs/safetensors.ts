/**
 * The safetensors format: eight bytes of header length, a JSON header, the values, all little-endian. Python's
 * `safetensors` reads what is written here, and for the same arrays writes the same bytes. Only float32 (`F32`) is
 * handled, because nothing else is learned. A file is data from a stranger: everything in the header is checked
 * against the file's own size before anything is allocated.
 */
import * as fs from 'node:fs';
import type { NamedArray, NamedArrays } from '../core/contracts.ts';
import { CheckpointError } from '../core/errors.ts';
import { elements, showShape } from '../core/shape.ts';
import { withPlainFile } from './plain-file.ts';

/** What a file says about itself. */
export type Metadata = Readonly<Record<string, string>>;

const LENGTH_BYTES = 8;
/** The format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;
const MAX_RANK = 32;
const METADATA = '__metadata__';

// Objects with names from outside are made by Object.fromEntries, so that a tensor called `__proto__` is only a name.

/** The bytes of a file that holds these arrays, in the order of their names. */
export function encodeSafetensors(arrays: NamedArrays, metadata: Metadata = {}): Uint8Array<ArrayBuffer> {
  const sorted = Object.entries(arrays).sort(([a], [b]) => (a < b ? -1 : 1));
  const header: [name: string, entry: unknown][] =
    Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : [];
  let end = 0;
  for (const [name, { shape, data }] of sorted) {
    if (data.length !== elements(shape) || name === METADATA)
      throw new Error(`internal: safetensors: ${name} ${showShape(shape)} holds ${data.length} values`);
    header.push([name, { dtype: 'F32', shape, data_offsets: [end, end + data.length * 4] }]);
    end += data.length * 4;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const start = LENGTH_BYTES + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + end).fill(0x20, LENGTH_BYTES, start);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  bytes.set(json, LENGTH_BYTES);
  // Little-endian as the format is, and as every machine that runs WebAssembly on arrays of its own.
  const values = new Float32Array(bytes.buffer, start);
  let at = 0;
  for (const [, { data }] of sorted) {
    values.set(data, at);
    at += data.length;
  }
  return bytes;
}

/**
 * The arrays in a file's bytes; `where` names the file in messages.
 * @throws CheckpointError saying what is wrong with the file
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  where: string,
): { readonly arrays: NamedArrays; readonly metadata: Metadata } {
  const fail = failure(where);
  const start = headerEnd(bytes, bytes.length, fail);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, start), fail);
  const { [METADATA]: about, ...rest } = header;
  const entries = Object.entries(rest).map(([name, entry]) => checkEntry(name, entry, fail));
  checkCover(entries, bytes.length - start, fail);
  const values = bytes.subarray(start);
  const arrays = Object.fromEntries(entries.map((entry) => [entry.name, readArray(entry, values)]));
  return { arrays, metadata: checkMetadata(about, fail) };
}

/** How large a file is, and the shapes of its arrays by name. */
export interface FileShapes {
  readonly bytes: number;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/**
 * The shapes of a file's arrays by name, read from its header alone.
 * @throws CheckpointError saying what is wrong with the header; the system's error where there is no such file
 */
export function readShapes(path: string): FileShapes {
  const fail = failure(path);
  return withPlainFile(path, 'arrays', (file, bytes) => {
    const length = new Uint8Array(LENGTH_BYTES);
    const read = fs.readSync(file, length);
    const start = headerEnd(length.subarray(0, read), bytes, fail);
    const header = new Uint8Array(start - LENGTH_BYTES);
    fs.readSync(file, header, 0, header.length, LENGTH_BYTES);
    const { [METADATA]: _about, ...rest } = parseHeader(header, fail);
    const entries = Object.entries(rest).map(([name, entry]) => checkEntry(name, entry, fail));
    checkCover(entries, bytes - start, fail);
    return { bytes, shapes: Object.fromEntries(entries.map(({ name, shape }) => [name, shape])) };
  });
}

/** Throws; the message says what was expected of the file and what it has. */
type Fail = (expected: string, got: string) => never;

function failure(where: string): Fail {
  return (expected, got) => {
    throw new CheckpointError(
      `${where}: expected ${expected}, got ${got}; the file is damaged or not safetensors`,
    );
  };
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Where the values begin in a file of `sizeBytes` that begins so. */
function headerEnd(bytes: Uint8Array, sizeBytes: number, fail: Fail): number {
  if (bytes.length < LENGTH_BYTES) fail('a header length of 8 bytes', `a file of ${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const most = Math.min(sizeBytes - LENGTH_BYTES, MAX_HEADER_BYTES);
  if (length > BigInt(most)) fail(`a header of at most ${most} bytes`, `a header length of ${length}`);
  return LENGTH_BYTES + Number(length);
}

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  const header = parseJson(bytes);
  if (!isRecord(header)) return fail('a JSON object as header', 'something else');
  return header;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function checkEntry(key: string, entry: unknown, fail: Fail): Entry {
  const name = show(key);
  if (!isRecord(entry)) return fail(`a description of ${name}`, show(entry));
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== 'F32') return fail(`dtype F32 for ${name}`, show(dtype));
  if (!isSizes(shape) || shape.length > MAX_RANK) return fail(`a shape for ${name}`, show(shape));
  if (!isSizes(offsets) || offsets.length !== 2) return fail(`two offsets for ${name}`, show(offsets));
  const [begin, end] = offsets as [number, number];
  const sizeBytes = elements(shape) * 4;
  if (end - begin !== sizeBytes)
    fail(`${sizeBytes} bytes for ${name} ${showShape(shape)}`, `offsets ${begin} to ${end}`);
  return { name: key, shape, begin, end };
}

/** The arrays must follow each other without gap or overlap and end where the file ends. */
function checkCover(entries: readonly Entry[], sizeBytes: number, fail: Fail): void {
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) fail(`${show(name)} to begin at byte ${at} of the values`, `${begin}`);
    at = end;
  }
  if (at !== sizeBytes) fail(`${at} bytes of values`, `${sizeBytes}`);
}

function checkMetadata(about: unknown, fail: Fail): Metadata {
  if (about === undefined) return {};
  if (!isRecord(about) || !Object.values(about).every((value) => typeof value === 'string'))
    return fail(`texts as ${METADATA}`, show(about));
  return about as Metadata;
}

/** A copy, which is aligned where the file's bytes need not be. */
function readArray({ shape, begin, end }: Entry, values: Uint8Array): NamedArray {
  return { shape, data: new Float32Array(new Uint8Array(values.subarray(begin, end)).buffer) };
}

/** A stranger's value on one line, cut short. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
