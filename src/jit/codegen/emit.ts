/**
 * A program as a WebAssembly module: a function an entry and a phase, one or more a region, one a distinct matrix product.
 * Every function takes the address of a shard's table, whose words are B, T, the number of shards, the address of the
 * list of all tables, and the address of each buffer.
 */
import {
  type Action,
  type Buffer,
  type BufferIndex,
  bufferIndex,
  type Phase,
  type Program,
  type Region,
  type RegionOp,
} from '../schedule/program.ts';
import type { Code, FunctionHandle, Local } from '../wasm/assembler.ts';
import { advance, type Int, int, push, set, variable } from '../wasm/integers.ts';
import { MAX_PAGES, Module } from '../wasm/module.ts';
import { vectors } from '../wasm/vectors.ts';
import { baseOf, type Here, word } from './address-table.ts';
import { emitNest, type Frame } from './loop-nest/nest.ts';
import { repeatWhile } from './loops.ts';
import { type Matrices, matrices } from './matmul/calls.ts';
import { emitGatherScatter, emitLaneOp } from './scan.ts';
import { sumShards } from './shard-sums.ts';

/** How the module is to be. */
export interface EmitOptions {
  /** Use `f32x4.relaxed_madd`, which rounds once. */
  readonly relaxed: boolean;
  /** Whether its memory is shared between threads. */
  readonly shared: boolean;
}

/** The engine's optimizer takes time quadratic in a function's size, so a region is cut at about this many bytes. */
const CHUNK_BYTES = 8_000;

interface Emission {
  readonly program: Program;
  readonly index: BufferIndex;
  readonly module: Module;
  readonly relaxed: boolean;
  readonly matrices: Matrices;
}

/** The module's bytes. It imports `env.memory` and exports `entry_<name>` and `phase_<index>`. */
export function emitProgram(program: Program, { relaxed, shared }: EmitOptions): Uint8Array<ArrayBuffer> {
  const module = new Module({ initial: 1, maximum: MAX_PAGES, shared });
  const index = bufferIndex(program);
  const emission: Emission = { program, index, module, relaxed, matrices: matrices(module, relaxed) };
  const phases = program.phases.map((phase, index) => emitPhase(emission, phase, index));
  for (const [name, list] of Object.entries(program.entries))
    module.function({ name: `entry_${name}`, params: ['i'], exported: true }, (code) => {
      for (const phase of list) {
        code.get(code.params[0]!);
        code.call(phases[phase]!);
      }
    });
  return module.bytes();
}

function emitPhase(emission: Emission, phase: Phase, index: number): FunctionHandle {
  const { module, index: buffers } = emission;
  const writers = phase.actions.map((action) => actionWriter(emission, phase, action));
  return module.function({ name: `phase_${index}`, params: ['i'], exported: true }, (code) => {
    const table = code.params[0]!;
    const time = code.local('i');
    const here = { code, index: buffers, table, time };
    const all = () => {
      for (const write of writers) write(here);
    };
    if (phase.over === 'once') {
      set(code, time, 0);
      all();
    } else overTime(here, phase.over, all);
  });
}

function overTime({ code, table, time }: Here, direction: 'forward' | 'backward', body: () => void): void {
  const forward = direction === 'forward';
  const step = () => {
    body();
    advance(code, time, forward ? 1 : -1);
  };
  set(code, time, forward ? 0 : int.sub(word.steps(table), 1));
  repeatWhile(code, step, forward ? int.lt_s(time, word.steps(table)) : int.ge_s(time, 0));
}

/** How many rows a phase's regions and products have. */
function rowsOf({ rows }: Phase, table: Local): Int {
  if (rows === 'none') return 1;
  return rows === 'batch' ? word.rows(table) : int.mul(word.rows(table), word.steps(table));
}

/** Assembles what an action calls, and gives what writes the call. */
function actionWriter(emission: Emission, phase: Phase, action: Action): (here: Here) => void {
  // A part asks for its share of a buffer; what is done with all of it needs the whole.
  const whole = ({ name }: Buffer) => emission.program.buffers[emission.index.get(name)!]!;
  switch (action.kind) {
    case 'region': {
      const region = emitRegion(emission, action);
      return ({ code, table, time }) => {
        push(code, table, time, rowsOf(phase, table));
        code.call(region);
      };
    }
    case 'product': {
      const multiply = emission.matrices.product(action);
      return (here) => multiply(here, rowsOf(phase, here.table));
    }
    case 'pack':
      return emission.matrices.pack(action);
    case 'clear':
      return (here) => clear(whole(action.buffer), here);
    case 'sum-shards':
      return (here) => sumShards(whole(action.to), action.from, here);
  }
}

function clear(buffer: Buffer, { code, table, index }: Here): void {
  const { size } = buffer;
  push(code, word.address(table, buffer, index), 0);
  push(
    code,
    buffer.kind === 'rows' ? int.mul(int.mul(size * 4, word.rows(table)), slots(buffer, table)) : size * 4,
  );
  code.op.memory.fill();
}

/** How many slots a buffer with rows has. */
function slots({ slots: kind, extra }: Buffer & { readonly kind: 'rows' }, table: Local): Int {
  if (kind === 'all') return int.add(word.steps(table), extra ? 1 : 0);
  return kind === 'two' ? 2 : 1;
}

/** A function (table, time, rows) that does a region's operations for each row. */
function emitRegion(emission: Emission, region: Region): FunctionHandle {
  const { module } = emission;
  const chunks: FunctionHandle[] = [];
  let next = 0;
  while (next < region.ops.length)
    chunks.push(
      module.function({ name: `${region.name}.chunk${chunks.length}`, params: ['i', 'i', 'i'] }, (code) => {
        const frame = newFrame(emission, code);
        while (next < region.ops.length && code.length < CHUNK_BYTES) emitOp(frame, region.ops[next++]!);
      }),
    );
  return module.function({ name: region.name, params: ['i', 'i', 'i'] }, (code) => {
    const [table, time, rows] = code.params as [Local, Local, Local];
    const row = variable(code, 0);
    const once = () => {
      for (const chunk of chunks) {
        push(code, table, time, row);
        code.call(chunk);
      }
      advance(code, row, 1);
    };
    repeatWhile(code, once, int.lt_s(row, rows));
  });
}

/** A frame in which each pointer is computed where it is first asked for, outside of all loops. */
function newFrame({ index, relaxed }: Emission, code: Code): Frame {
  const [table, time, row] = code.params as [Local, Local, Local];
  const pointers = new Map<string, Local>();
  return {
    code,
    v: vectors(code, relaxed),
    pointer(place) {
      const key = `${place.buffer.name} ${place.shift}`;
      const known = pointers.get(key);
      if (known) return known;
      const local = variable(code, baseOf(place, { index, table, time, row }));
      pointers.set(key, local);
      return local;
    },
  };
}

function emitOp(frame: Frame, op: RegionOp): void {
  switch (op.kind) {
    case 'nest':
      emitNest(frame, op);
      break;
    case 'cumulative':
    case 'sort':
      emitLaneOp(frame, op);
      break;
    default:
      emitGatherScatter(frame, op);
  }
}
