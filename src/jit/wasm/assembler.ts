/**
 * Assembles one function: a method an instruction, derived from the table, and structured control by closures. Every
 * instruction's operand types are checked against a model of the stack as it is written, so that a mistake in an
 * emitter is reported where it is made and not by the engine that loads the module. Blocks have no results.
 */
import { floatLanes, signed, unsigned } from './bytes.ts';
import {
  type ArgumentsOf,
  type Control,
  control,
  type ImmediateKind,
  type Opcode,
  opcodes,
  type Row,
  type TypeLetter,
} from './opcodes.ts';

/** A parameter or variable of the function being assembled. */
export interface Local {
  readonly index: number;
  readonly type: TypeLetter;
}

/** A function of the module, callable from those assembled after it. */
export interface FunctionHandle extends Signature {
  readonly index: number;
  readonly name: string;
}

/** A block to branch to: out of a `block` or `if`, to the start of a `loop`. */
export interface Label {
  readonly depth: number;
}

type GroupOf<Name extends string> = Name extends `${infer Group}.${string}` ? Group : never;

/** `code.op.f32x4.add()`, `code.op.v128.load(16)`: every row of the table. */
export type Methods = {
  readonly [Group in GroupOf<Opcode>]: {
    readonly [Name in Opcode as Name extends `${Group}.${infer Rest}` ? Rest : never]: (
      ...immediates: ArgumentsOf<Name>
    ) => void;
  };
};

/** The types of a function's parameters and results. */
export interface Signature {
  readonly params: readonly TypeLetter[];
  readonly results: readonly TypeLetter[];
}

interface Frame {
  readonly height: number;
  unreachable: boolean;
}

/** Bytes of the value types in the binary format. */
export const typeBytes: Readonly<Record<TypeLetter, number>> = { i: 0x7f, f: 0x7d, v: 0x7b };

/** The bytes of an instruction's immediates. */
function immediateBytes(kind: ImmediateKind, values: readonly unknown[], log2: number): readonly number[] {
  const numbers = values as readonly number[];
  switch (kind) {
    case 'memory':
      return [log2, ...unsigned(numbers[0] ?? 0)];
    case 'memory lane':
      return [log2, ...unsigned(numbers[0]!), numbers[1]!];
    case 'lane':
      return [numbers[0]!];
    case 'lanes':
      return [...(values[0] as Iterable<number>)];
    case 'zero':
      return [0];
    case 'zeros':
      return [0, 0];
    case 'int':
      return signed(numbers[0]!);
    case 'float':
      return [...floatLanes(numbers[0]!)];
  }
}

function opcodeBytes([prefix, code]: Row): number[] {
  return prefix === 0 ? [code] : [prefix, ...unsigned(code)];
}

/** Writes the body of one function. */
export class Code {
  private readonly bytes: number[] = [];
  private readonly stack: TypeLetter[] = [];
  private readonly frames: Frame[] = [{ height: 0, unreachable: false }];
  private readonly variables: TypeLetter[] = [];
  private readonly free = new Map<TypeLetter, Local[]>();
  readonly params: readonly Local[];
  /** The instructions of the table; see `Methods`. */
  readonly op: Methods;

  readonly name: string;
  private readonly signature: Signature;

  constructor(name: string, signature: Signature) {
    this.name = name;
    this.signature = signature;
    this.params = signature.params.map((type, index) => ({ index, type }));
    this.op = methods((name, immediates) => this.write(name, immediates));
  }

  /** How many bytes of instructions there are so far. */
  get length(): number {
    return this.bytes.length;
  }

  /** A variable whose first value is unspecified: it may have been `release`d by another. */
  local(type: TypeLetter): Local {
    const reused = this.free.get(type)?.pop();
    if (reused) return reused;
    this.variables.push(type);
    return { index: this.params.length + this.variables.length - 1, type };
  }

  /** Gives variables back for `local` to hand out again. */
  release(...locals: readonly Local[]): void {
    for (const local of locals) {
      const list = this.free.get(local.type) ?? [];
      if (list.some((other) => other.index === local.index)) this.fail(`local ${local.index} released twice`);
      this.free.set(local.type, [...list, local]);
    }
  }

  get(local: Local): void {
    this.control('local.get', local.index);
    this.stack.push(local.type);
  }

  set(local: Local): void {
    this.pop(local.type, 'local.set');
    this.control('local.set', local.index);
  }

  tee(local: Local): void {
    this.pop(local.type, 'local.tee');
    this.control('local.tee', local.index);
    this.stack.push(local.type);
  }

  call(callee: FunctionHandle): void {
    for (const type of [...callee.params].reverse()) this.pop(type, `call ${callee.name}`);
    this.control('call', callee.index);
    this.stack.push(...callee.results);
  }

  /** The first operand where the condition is not 0, else the second. */
  select(): void {
    this.pop('i', 'select');
    const type = this.stack.at(-1);
    if (!type) this.fail('select of nothing');
    this.pop(type, 'select');
    this.pop(type, 'select');
    this.stack.push(type);
    this.control(type === 'v' ? 'select (result v128)' : 'select');
  }

  /** Instructions that `br(label)` leaves. */
  block(body: (label: Label) => void): void {
    this.structure('block', body);
  }

  /** Instructions that `br(label)` begins again; without it they run once. */
  loop(body: (label: Label) => void): void {
    this.structure('loop', body);
  }

  /** Pops a condition. */
  if(then: (label: Label) => void, otherwise?: (label: Label) => void): void {
    this.pop('i', 'if');
    this.structure('if', then, otherwise);
  }

  br(label: Label): void {
    this.control('br', this.frames.length - 1 - label.depth);
    const frame = this.frames.at(-1)!;
    frame.unreachable = true;
    this.stack.length = frame.height;
  }

  brIf(label: Label): void {
    this.pop('i', 'br_if');
    this.control('br_if', this.frames.length - 1 - label.depth);
  }

  /** The function's entry of the code section. */
  finish(): number[] {
    for (const type of [...this.signature.results].reverse()) this.pop(type, 'end');
    if (this.stack.length > 0) this.fail(`end with ${this.stack.length} values left`);
    const groups: [count: number, type: TypeLetter][] = [];
    for (const type of this.variables) {
      const last = groups.at(-1);
      if (last?.[1] === type) last[0]++;
      else groups.push([1, type]);
    }
    const locals = groups.flatMap(([count, type]) => [...unsigned(count), typeBytes[type]]);
    const size = unsigned(groups.length);
    const header = [...unsigned(size.length + locals.length + this.bytes.length + 1), ...size, ...locals];
    return header.concat(this.bytes, control.end[0]);
  }

  private control(name: Control, index?: number): void {
    this.bytes.push(...control[name][0]);
    if (index !== undefined) this.bytes.push(...unsigned(index));
  }

  private write(name: Opcode, immediates: readonly unknown[]): void {
    const row: Row = opcodes[name];
    const [operands, results] = row[2].split(':') as [string, string];
    for (let i = operands.length - 1; i >= 0; i--) this.pop(operands[i] as TypeLetter, name);
    for (const byte of opcodeBytes(row)) this.bytes.push(byte);
    if (row[3]) for (const byte of immediateBytes(row[3], immediates, row[4] ?? 0)) this.bytes.push(byte);
    for (const type of results) this.stack.push(type as TypeLetter);
  }

  private structure(name: Control, body: (label: Label) => void, otherwise?: (label: Label) => void): void {
    this.control(name);
    const label = { depth: this.frames.length };
    this.frame(() => body(label));
    if (otherwise) {
      this.control('else');
      this.frame(() => otherwise(label));
    }
    this.control('end');
  }

  private frame(body: () => void): void {
    const height = this.stack.length;
    const frame = { height, unreachable: false };
    this.frames.push(frame);
    body();
    this.frames.pop();
    if (!frame.unreachable && this.stack.length !== height) {
      this.fail(`a block with ${this.stack.length - height} values left`);
    }
    this.stack.length = height;
  }

  private pop(type: TypeLetter, name: string): void {
    const frame = this.frames.at(-1)!;
    if (this.stack.length <= frame.height) {
      if (frame.unreachable) return;
      this.fail(`${name} expected ${type}, got nothing`);
    }
    const found = this.stack.pop();
    if (found !== type) this.fail(`${name} expected ${type}, got ${found}`);
  }

  private fail(what: string): never {
    throw new Error(`internal: ${this.name}: ${what} after ${this.bytes.length} bytes`);
  }
}

function methods(write: (name: Opcode, immediates: readonly unknown[]) => void): Methods {
  const groups: Record<string, Record<string, (...immediates: unknown[]) => void>> = {};
  for (const name of Object.keys(opcodes) as Opcode[]) {
    const dot = name.indexOf('.');
    groups[name.slice(0, dot)] ??= {};
    groups[name.slice(0, dot)]![name.slice(dot + 1)] = (...immediates) => write(name, immediates);
  }
  return groups as unknown as Methods;
}
