/**
 * A module in WebAssembly's text format (core specification, section 6): what a person reads when they want to know what
 * was emitted. It reads the modules that our assembler writes, by the same table of instructions, and no others: one
 * imported memory, functions, exports, and names.
 */
import { type Control, control, type Opcode, opcodes, type Row } from './opcodes.ts';

/** The text of a module that `compile` or the assembler made; it assembles to the same module again. */
export function wat(bytes: Uint8Array): string {
  const parts = sections(new Reader(bytes));
  const names = functionNames(parts.get('names'));
  const types = list(parts.get(1), typeOf);
  const imported = list(parts.get(2), importOf);
  const typeIndices = list(parts.get(3), (reader) => reader.unsigned());
  const exported = list(parts.get(7), exportOf);
  const functions = list(parts.get(10), (reader, index) => {
    const type = typeIndices[index]!;
    const head = `(func $${names.get(index) ?? index} (type ${type})${types[type]}`;
    return `${[head, ...bodyOf(reader, names)].join('\n')})`;
  });
  const typeLines = types.map((type) => `(type (func${type}))`);
  const lines = [...typeLines, ...imported, ...functions, ...exported];
  return `(module\n${lines.map((line) => `  ${line.replaceAll('\n', '\n  ')}`).join('\n')})\n`;
}

/** Reads bytes one after the other; see bytes.ts for how they were written. */
class Reader {
  readonly bytes: Uint8Array;
  private at: number;
  private readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    if (this.done) throw new Error('wat: expected a whole module, got one that ends early; was it cut?');
    return this.bytes[this.at++]!;
  }

  unsigned(): number {
    return this.integer(false);
  }

  signed(): number {
    return this.integer(true);
  }

  private integer(isSigned: boolean): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 128) return isSigned && byte & 0x40 ? value - scale * 128 : value;
    }
  }

  /** The next `size` bytes as a view for numbers. */
  view(size: number): DataView {
    this.at += size;
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at - size, size);
  }

  text(): string {
    const { buffer, byteOffset, byteLength } = this.view(this.unsigned());
    return new TextDecoder().decode(new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** The bytes that a vector's or section's length counts. */
  inner(): Reader {
    const size = this.unsigned();
    this.at += size;
    return new Reader(this.bytes, this.at - size, this.at);
  }
}

/** Sections by number, and the one with names. */
function sections(reader: Reader): Map<number | 'names', Reader> {
  const found = new Map<number | 'names', Reader>();
  const magic = reader.view(8).getUint32(0, true);
  if (magic !== 0x6d736100)
    throw new Error(
      'wat: expected the bytes of a WebAssembly module, got something else; pass program.bytes',
    );
  while (!reader.done) {
    const id = reader.byte();
    const content = reader.inner();
    found.set(id === 0 && content.text() === 'name' ? 'names' : id, content);
  }
  return found;
}

function list<T>(reader: Reader | undefined, read: (reader: Reader, index: number) => T): T[] {
  return reader ? Array.from({ length: reader.unsigned() }, (_, index) => read(reader, index)) : [];
}

function functionNames(reader: Reader | undefined): Map<number, string> {
  if (!reader || reader.done) return new Map();
  reader.byte();
  return new Map(list(reader.inner(), (inner) => [inner.unsigned(), inner.text()] as const));
}

const typeNames: Readonly<Record<number, string>> = { 127: 'i32', 125: 'f32', 123: 'v128' };

function typeOf(reader: Reader): string {
  reader.byte();
  const group = (word: string) => {
    const types = list(reader, (each) => ` ${typeNames[each.byte()]}`);
    return types.length > 0 ? ` (${word}${types.join('')})` : '';
  };
  return group('param') + group('result');
}

function importOf(reader: Reader): string {
  const [from, name] = [reader.text(), reader.text()];
  reader.byte();
  const shared = (reader.byte() & 2) !== 0;
  const limits = `${reader.unsigned()} ${reader.unsigned()}${shared ? ' shared' : ''}`;
  return `(import "${from}" "${name}" (memory ${limits}))`;
}

function exportOf(reader: Reader): string {
  const name = reader.text();
  reader.byte();
  return `(export "${name}" (func ${reader.unsigned()}))`;
}

const controls = new Map<number, Control>(
  Object.entries(control).map(([name, [[first]]]) => [first, name as Control]),
);

const tabled = new Map<string, Opcode>(
  Object.entries(opcodes).map(([name, [prefix, code]]) => [`${prefix} ${code}`, name as Opcode]),
);

/** Lines of one function's variables and instructions, indented by the blocks they are in. */
function bodyOf(outer: Reader, names: ReadonlyMap<number, string>): string[] {
  const reader = outer.inner();
  const groups = list(reader, (each) => {
    const count = each.unsigned();
    return ` ${typeNames[each.byte()]}`.repeat(count);
  });
  const lines = groups.length > 0 ? [`  (local${groups.join('')})`] : [];
  let depth = 1;
  while (!reader.done) {
    const line = instruction(reader, names);
    if (reader.done) break;
    if (line === 'end' || line === 'else') depth--;
    lines.push('  '.repeat(depth) + line);
    if (['block', 'loop', 'if', 'else'].includes(line)) depth++;
  }
  return lines;
}

function instruction(reader: Reader, names: ReadonlyMap<number, string>): string {
  const first = reader.byte();
  const name = controls.get(first);
  if (name === undefined) return fromTable(reader, first);
  const [bytes, counted] = control[name];
  reader.view(bytes.length - 1);
  if (counted === undefined) return name;
  const index = reader.unsigned();
  return counted === 'function' ? `${name} $${names.get(index) ?? index}` : `${name} ${index}`;
}

function fromTable(reader: Reader, first: number): string {
  const prefixed = first >= 0xfc;
  const code = prefixed ? reader.unsigned() : first;
  const name = tabled.get(`${prefixed ? first : 0} ${code}`);
  if (name === undefined)
    throw new Error(
      `wat: expected an instruction of our table, got ${first} ${code}; only our own modules are read`,
    );
  return name + immediates(reader, name);
}

function immediates(reader: Reader, name: Opcode): string {
  const row: Row = opcodes[name];
  switch (row[3]) {
    case 'memory':
      return address(reader);
    case 'memory lane':
      return `${address(reader)} ${reader.byte()}`;
    case 'lane':
      return ` ${reader.byte()}`;
    case 'lanes':
      return name === 'v128.const' ? vector(reader.view(16)) : ` ${shuffled(reader.view(16)).join(' ')}`;
    case 'int':
      return ` ${reader.signed()}`;
    case 'float':
      return ` ${float(reader.view(4), 0)}`;
    case 'zero':
      reader.byte();
      return '';
    case 'zeros':
      reader.view(2);
      return '';
    default:
      return '';
  }
}

/** Alignment is the natural one throughout, which the text leaves out. */
function address(reader: Reader): string {
  reader.byte();
  const offset = reader.unsigned();
  return offset === 0 ? '' : ` offset=${offset}`;
}

const shuffled = (view: DataView) => Array.from({ length: 16 }, (_, i) => view.getUint8(i));

/** Floats where all four lanes are plain floats, else integers in hexadecimal. */
function vector(view: DataView): string {
  const plain = (at: number) => {
    const size = Math.abs(view.getFloat32(at, true));
    return view.getUint32(at, true) === 0 || (size > 2 ** -100 && size < 2 ** 100);
  };
  const lanes = [0, 4, 8, 12];
  if (lanes.every(plain)) return ` f32x4 ${lanes.map((at) => float(view, at)).join(' ')}`;
  const hex = (at: number) => `0x${view.getUint32(at, true).toString(16).padStart(8, '0')}`;
  return ` i32x4 ${lanes.map(hex).join(' ')}`;
}

/** A float's shortest text: rounded to float32 it is the same number. */
function float(view: DataView, at: number): string {
  const value = view.getFloat32(at, true);
  if (Number.isNaN(value)) return `nan:0x${(view.getUint32(at, true) & 0x7fffff).toString(16)}`;
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0';
  for (let digits = 1; ; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
}
