/**
 * A memory as plain data. `toJSON` gives an object with `schema: 'engram.<kind>/1'` whose arrays are packed: the bytes of a
 * typed array, least first, as base64, which keeps every bit, signed zeros too, at a third of the digits' length. `fromJSON`
 * reads with a zod schema by `readSettings`, so that what is wrong is told by its name: `SpinMemory.couplings: expected ...`.
 */
import { z } from 'zod';

const kinds = {
  float32: Float32Array,
  float64: Float64Array,
  uint32: Uint32Array,
  int8: Int8Array,
  uint8: Uint8Array,
} as const;

/** The element types that are kept. */
export type PackedType = keyof typeof kinds;

/** The typed array of each of them. */
export type Unpacked<T extends PackedType> = InstanceType<(typeof kinds)[T]>;

/** A typed array as plain data. */
export interface Packed {
  readonly type: PackedType;
  /** Base64. */
  readonly data: string;
}

/** Characters are made of so many bytes at a time: arguments of one call are limited. */
const CHUNK = 8192;
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The array as plain data. */
export function pack(array: Float32Array | Float64Array | Uint32Array | Int8Array | Uint8Array): Packed {
  const type = (Object.keys(kinds) as PackedType[]).find((name) => array instanceof kinds[name])!;
  const bytes = inOrder(
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
    array.BYTES_PER_ELEMENT,
  );
  let characters = '';
  for (let at = 0; at < bytes.length; at += CHUNK)
    characters += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return { type, data: btoa(characters) };
}

/** A packed array of this type, given as the typed array; `length` is how many numbers it must have, if that is fixed. */
export function packed<T extends PackedType>(type: T, length?: number) {
  return z.strictObject({ type: z.literal(type), data: z.string() }).transform(({ data }, context) => {
    const array = unpack(type, data);
    const wrong = array === undefined || (length !== undefined && array.length !== length);
    if (!wrong) return array;
    const expected = `${length === undefined ? 'an array of' : length} ${type} numbers in base64`;
    const got = array === undefined ? 'something else' : `${array.length}`;
    context.addIssue({ code: 'custom', message: `expected ${expected}, got ${got}` });
    return z.NEVER;
  });
}

function unpack<T extends PackedType>(type: T, data: string): Unpacked<T> | undefined {
  let characters: string;
  try {
    characters = atob(data);
  } catch {
    return undefined;
  }
  const width = kinds[type].BYTES_PER_ELEMENT;
  if (characters.length % width !== 0) return undefined;
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return new kinds[type](inOrder(bytes, width).buffer) as Unpacked<T>;
}

/** The bytes of numbers of this width, least first where they were as this machine has them, and back. */
function inOrder(bytes: Uint8Array<ArrayBuffer> | Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  if (littleEndian) return copy;
  for (let at = 0; at < copy.length; at += width) copy.subarray(at, at + width).reverse();
  return copy;
}

/** Any finite seed of a stream. */
export const seedSchema = z.number().default(1);

/** Where a random stream stands: `Rng.state()`. */
export const rngStateSchema = z.strictObject({
  c: z.number(),
  s0: z.number(),
  s1: z.number(),
  s2: z.number(),
});
