/**
 * Puts functions together into a WebAssembly module (core specification, section 5.5) around one imported memory,
 * `env.memory`. Functions carry their names, for profiles and the text form. Left out: tables, globals, imported
 * functions, and data segments (the runtime writes what memory starts with).
 */
import { Code, type FunctionHandle, typeBytes } from './assembler.ts';
import { text, unsigned, vector } from './bytes.ts';
import type { TypeLetter } from './opcodes.ts';

/** Bytes of a page of memory. */
export const PAGE_BYTES = 65_536;
/** Pages that addresses of 32 bits reach. */
export const MAX_PAGES = 65_536;

/** The memory a module is instantiated with, in pages. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum: number;
  readonly shared: boolean;
}

/** How to declare a function; exported ones are called from outside by their name. */
export interface FunctionHead {
  readonly name: string;
  readonly params?: readonly TypeLetter[];
  readonly results?: readonly TypeLetter[];
  readonly exported?: boolean;
}

const section = (id: number, content: readonly number[]): number[] =>
  [id, ...unsigned(content.length)].concat(content as number[]);

/** Collects a module's parts. */
export class Module {
  private readonly types: string[] = [];
  private readonly functions: {
    readonly handle: FunctionHandle;
    readonly type: number;
    readonly code: number[];
  }[] = [];
  private readonly exports: number[][] = [];

  private readonly memory: MemoryLimits;

  constructor(memory: MemoryLimits) {
    this.memory = memory;
  }

  /** Assembles a function; `write` gets the assembler, whose `params` are the function's. */
  function(head: FunctionHead, write: (code: Code) => void): FunctionHandle {
    const { name, params = [], results = [], exported = false } = head;
    const code = new Code(name, { params, results });
    write(code);
    const handle = { index: this.functions.length, name, params, results };
    this.functions.push({ handle, type: this.type(params, results), code: code.finish() });
    if (exported) this.exports.push([...text(name), 0x00, ...unsigned(handle.index)]);
    return handle;
  }

  /** The function of a name, assembled when it is first asked for. */
  once(head: FunctionHead, write: (code: Code) => void): FunctionHandle {
    const known = this.functions.find(({ handle }) => handle.name === head.name);
    return known?.handle ?? this.function(head, write);
  }

  /** The finished module. */
  bytes(): Uint8Array<ArrayBuffer> {
    const { initial, maximum, shared } = this.memory;
    const limits = [shared ? 0x03 : 0x01, ...unsigned(initial), ...unsigned(maximum)];
    const parts = [
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, vector(this.types.map(typeEntry))),
      section(2, vector([[...text('env'), ...text('memory'), 0x02, ...limits]])),
      section(3, vector(this.functions.map(({ type }) => unsigned(type)))),
      section(7, vector(this.exports)),
      section(10, vector(this.functions.map(({ code }) => code))),
      section(0, this.names()),
    ];
    return Uint8Array.from(parts.flat());
  }

  private names(): number[] {
    const names = this.functions.map(({ handle }) => [...unsigned(handle.index), ...text(handle.name)]);
    return [...text('name'), ...section(1, vector(names))];
  }

  private type(params: readonly TypeLetter[], results: readonly TypeLetter[]): number {
    const key = `${params.join('')}:${results.join('')}`;
    const known = this.types.indexOf(key);
    return known >= 0 ? known : this.types.push(key) - 1;
  }
}

function typeEntry(key: string): number[] {
  const list = (letters: string) => vector([...letters].map((letter) => [typeBytes[letter as TypeLetter]]));
  const [params, results] = key.split(':') as [string, string];
  return [0x60, ...list(params), ...list(results)];
}
