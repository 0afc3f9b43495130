/**
 * Every WebAssembly instruction the back end writes, each name once: bytes, operand and result types, immediates.
 * Source: WebAssembly core specification 3.0, section 5.4. The methods of the assembler, its checks and the text form
 * are derived from this table.
 */

/** A value's type: i = i32, f = f32, v = v128. */
export type TypeLetter = 'i' | 'f' | 'v';

/** The form of what follows an opcode's bytes: see `Immediates`. */
export type ImmediateKind = 'memory' | 'memory lane' | 'lane' | 'lanes' | 'zero' | 'zeros' | 'int' | 'float';

/**
 * Prefix byte (0 for none), code, signature `operands:results` in type letters, then the immediate's kind where there
 * is one, and for memory instructions log2 of the access's bytes (its natural alignment).
 */
export type Row =
  | readonly [prefix: number, code: number, signature: string]
  | readonly [prefix: number, code: number, signature: string, immediate: ImmediateKind]
  | readonly [
      prefix: number,
      code: number,
      signature: string,
      immediate: 'memory' | 'memory lane',
      log2: number,
    ];

const plain = 0;
const bulk = 0xfc;
const simd = 0xfd;

/** The instructions by the specification's names. */
export const opcodes = {
  'i32.load': [plain, 0x28, 'i:i', 'memory', 2],
  'f32.load': [plain, 0x2a, 'i:f', 'memory', 2],
  'i32.store': [plain, 0x36, 'ii:', 'memory', 2],
  'f32.store': [plain, 0x38, 'if:', 'memory', 2],
  'i32.const': [plain, 0x41, ':i', 'int'],
  'f32.const': [plain, 0x43, ':f', 'float'],
  'i32.eqz': [plain, 0x45, 'i:i'],
  'i32.eq': [plain, 0x46, 'ii:i'],
  'i32.ne': [plain, 0x47, 'ii:i'],
  'i32.lt_s': [plain, 0x48, 'ii:i'],
  'i32.lt_u': [plain, 0x49, 'ii:i'],
  'i32.gt_s': [plain, 0x4a, 'ii:i'],
  'i32.gt_u': [plain, 0x4b, 'ii:i'],
  'i32.ge_s': [plain, 0x4e, 'ii:i'],
  'i32.add': [plain, 0x6a, 'ii:i'],
  'i32.sub': [plain, 0x6b, 'ii:i'],
  'i32.mul': [plain, 0x6c, 'ii:i'],
  'i32.and': [plain, 0x71, 'ii:i'],
  'i32.or': [plain, 0x72, 'ii:i'],
  'i32.xor': [plain, 0x73, 'ii:i'],
  'i32.shl': [plain, 0x74, 'ii:i'],
  'i32.shr_s': [plain, 0x75, 'ii:i'],
  'i32.shr_u': [plain, 0x76, 'ii:i'],
  'f32.add': [plain, 0x92, 'ff:f'],
  'f32.mul': [plain, 0x94, 'ff:f'],
  'f32.min': [plain, 0x96, 'ff:f'],
  'f32.max': [plain, 0x97, 'ff:f'],
  'f32.convert_i32_s': [plain, 0xb2, 'i:f'],
  'i32.trunc_sat_f32_s': [bulk, 0, 'f:i'],
  'memory.copy': [bulk, 10, 'iii:', 'zeros'],
  'memory.fill': [bulk, 11, 'iii:', 'zero'],

  'v128.load': [simd, 0x00, 'i:v', 'memory', 4],
  'v128.load32_splat': [simd, 0x09, 'i:v', 'memory', 2],
  'v128.store': [simd, 0x0b, 'iv:', 'memory', 4],
  'v128.const': [simd, 0x0c, ':v', 'lanes'],
  'i8x16.shuffle': [simd, 0x0d, 'vv:v', 'lanes'],
  'i32x4.extract_lane': [simd, 0x1b, 'v:i', 'lane'],
  'f32x4.eq': [simd, 0x41, 'vv:v'],
  'f32x4.ne': [simd, 0x42, 'vv:v'],
  'f32x4.lt': [simd, 0x43, 'vv:v'],
  'f32x4.le': [simd, 0x45, 'vv:v'],
  'v128.and': [simd, 0x4e, 'vv:v'],
  'v128.or': [simd, 0x50, 'vv:v'],
  'v128.xor': [simd, 0x51, 'vv:v'],
  'v128.bitselect': [simd, 0x52, 'vvv:v'],
  'v128.load32_lane': [simd, 0x56, 'iv:v', 'memory lane', 2],
  'v128.store32_lane': [simd, 0x5a, 'iv:', 'memory lane', 2],
  'v128.store64_lane': [simd, 0x5b, 'iv:', 'memory lane', 3],
  'v128.load32_zero': [simd, 0x5c, 'i:v', 'memory', 2],
  'v128.load64_zero': [simd, 0x5d, 'i:v', 'memory', 3],
  'f32x4.ceil': [simd, 0x67, 'v:v'],
  'f32x4.floor': [simd, 0x68, 'v:v'],
  'f32x4.nearest': [simd, 0x6a, 'v:v'],
  'i32x4.shl': [simd, 0xab, 'vi:v'],
  'i32x4.shr_s': [simd, 0xac, 'vi:v'],
  'i32x4.add': [simd, 0xae, 'vv:v'],
  'i32x4.sub': [simd, 0xb1, 'vv:v'],
  'f32x4.abs': [simd, 0xe0, 'v:v'],
  'f32x4.neg': [simd, 0xe1, 'v:v'],
  'f32x4.sqrt': [simd, 0xe3, 'v:v'],
  'f32x4.add': [simd, 0xe4, 'vv:v'],
  'f32x4.sub': [simd, 0xe5, 'vv:v'],
  'f32x4.mul': [simd, 0xe6, 'vv:v'],
  'f32x4.div': [simd, 0xe7, 'vv:v'],
  'f32x4.pmin': [simd, 0xea, 'vv:v'],
  'f32x4.pmax': [simd, 0xeb, 'vv:v'],
  'f32x4.convert_i32x4_s': [simd, 0xfa, 'v:v'],
  'f32x4.relaxed_madd': [simd, 0x105, 'vvv:v'],
  'f32x4.relaxed_nmadd': [simd, 0x106, 'vvv:v'],
} as const satisfies Record<string, Row>;

/**
 * Instructions whose types depend on the blocks, functions and variables around them; see assembler.ts. Their bytes with
 * the types of a block or a selection, and what the number after them counts.
 */
export const control = {
  block: [[0x02, 0x40]],
  loop: [[0x03, 0x40]],
  if: [[0x04, 0x40]],
  else: [[0x05]],
  end: [[0x0b]],
  br: [[0x0c], 'block'],
  br_if: [[0x0d], 'block'],
  call: [[0x10], 'function'],
  select: [[0x1b]],
  'select (result v128)': [[0x1c, 1, 0x7b]],
  'local.get': [[0x20], 'local'],
  'local.set': [[0x21], 'local'],
  'local.tee': [[0x22], 'local'],
} as const satisfies Record<string, readonly [bytes: readonly number[], counted?: string]>;

/** The name of an instruction in the table of control. */
export type Control = keyof typeof control;

/** The name of an instruction in the table. */
export type Opcode = keyof typeof opcodes;

/** Arguments an instruction's method takes, by the kind of its immediate. Offsets are bytes. */
export interface Immediates {
  readonly memory: [offset?: number];
  readonly 'memory lane': [offset: number, lane: number];
  readonly lane: [lane: number];
  /** Sixteen bytes: `floatLanes` or `intLanes` for `v128.const`, byte indices for `i8x16.shuffle`. */
  readonly lanes: [bytes: Iterable<number>];
  readonly zero: [];
  readonly zeros: [];
  readonly int: [value: number];
  readonly float: [value: number];
}

/** The arguments of one instruction's method. */
export type ArgumentsOf<Name extends Opcode> = (typeof opcodes)[Name] extends readonly [
  number,
  number,
  string,
  infer Kind extends ImmediateKind,
  ...unknown[],
]
  ? Immediates[Kind]
  : [];
