/**
 * Where the time of a training step goes: for each phase of the program, and each region and product in it, how many
 * microseconds, operations and bytes. A phase is timed as it runs; its parts are timed alone on the same numbers, and their
 * times are scaled to add up to the phase's, because what they share in the cache cannot be told apart.
 */
import type { Batch } from '../../core/contracts.ts';
import { elements } from '../../core/shape.ts';
import { names } from '../ir/names.ts';
import { ENTRIES } from '../schedule/phases.ts';
import type { Action, Buffer, Instruction, Nest, Phase, Program, RegionOp } from '../schedule/program.ts';
import { type CompiledModel, writeBatch } from './compiled-model.ts';
import { Runtime } from './runtime.ts';

/** Time and work of a part of a program on one thread. */
export interface Cost {
  readonly name: string;
  /** Median over the repetitions. */
  readonly microseconds: number;
  /** Additions, multiplications and element functions, one each. */
  readonly flops: number;
  /** Read and written, each number counted once for each part and row that touches it. */
  readonly bytes: number;
}

/** A phase and its parts, in the order they run. */
export interface PhaseCost extends Cost {
  readonly regions: readonly Cost[];
}

/** The phases of one training step on a batch. */
export interface Profile extends Cost {
  readonly batchSize: number;
  readonly length: number;
  readonly phases: readonly PhaseCost[];
}

/** How a profile is taken. */
export interface ProfileOptions {
  /** How many times each part is timed; 7 when left out. */
  readonly repetitions?: number;
}

/** Profiles a training step on a batch; the model stays as it is, and so do its results. */
export function profile(compiled: CompiledModel, batch: Batch, options: ProfileOptions = {}): Profile {
  const { repetitions = 7 } = options;
  const { program, relaxed } = compiled.training;
  const order = ENTRIES.flatMap((entry) => program.entries[entry] ?? []);
  const parts = program.phases.flatMap((phase) =>
    phase.actions.map((action) => ({ ...phase, actions: [action] })),
  );
  const firstPart = program.phases.map((_, phase) =>
    program.phases.slice(0, phase).reduce((sum, { actions }) => sum + actions.length, program.phases.length),
  );
  const runtime = new Runtime({ ...program, phases: [...program.phases, ...parts] }, { relaxed, threads: 1 });
  try {
    fill(runtime, compiled, batch);
    const whole = medians(runtime, order, repetitions);
    const phases = order.map((index, at) => {
      const phase = program.phases[index]!;
      const own = phase.actions.map((_, action) => firstPart[index]! + action);
      return phaseCost({ program, phase, batch }, whole[at]!, medians(runtime, own, repetitions));
    });
    return { name: 'step', ...total(phases), batchSize: batch.batchSize, length: batch.length, phases };
  } finally {
    runtime.dispose();
  }
}

/** Everything a training step reads, as the model has it. */
function fill(runtime: Runtime, compiled: CompiledModel, batch: Batch): void {
  runtime.prepare(batch.batchSize, batch.length);
  runtime.fixed('params').set(compiled.training.fixed('params'));
  for (const name of Object.keys(compiled.optimizerState))
    runtime.fixed(names.optimizerState(name)).set(compiled.training.fixed(names.optimizerState(name)));
  writeBatch(runtime, batch);
  runtime.fixed('step')[0] = 1;
}

/** Microseconds of each phase: run in turn shard by shard, as often as asked, and twice before to warm up. */
function medians(runtime: Runtime, phases: readonly number[], repetitions: number): number[] {
  const times = phases.map(() => new Array<number>(repetitions).fill(0));
  const isOfShard = (phase: number) => runtime.program.phases[phase]!.scope === 'shard';
  for (let round = -2; round < repetitions; round++)
    runtime.layout.rows.forEach((_, shard) => {
      phases.forEach((phase, i) => {
        if (shard > 0 && !isOfShard(phase)) return;
        const start = performance.now();
        runtime.runPhase(phase, shard);
        if (round >= 0) times[i]![round]! += (performance.now() - start) * 1000;
      });
    });
  return times.map((list) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0);
}

/** What a cost is reckoned for. */
interface Setting {
  readonly program: Program;
  readonly phase: Phase;
  readonly batch: Batch;
}

function phaseCost(setting: Setting, microseconds: number, alone: readonly number[]): PhaseCost {
  const { phase } = setting;
  const together = alone.reduce((sum, time) => sum + time, 0);
  const scale = microseconds / Math.max(1e-9, together);
  const regions = phase.actions.map((action, i) => ({
    name: nameOf(action),
    microseconds: alone[i]! * scale,
    flops: runs(setting) * rows(setting) * flopsOf(action),
    bytes: runs(setting) * bytesOf(setting, action),
  }));
  return { name: phase.name, ...total(regions), microseconds, regions };
}

function total(costs: readonly Cost[]): Omit<Cost, 'name'> {
  const sum = (of: (cost: Cost) => number) => costs.reduce((all, cost) => all + of(cost), 0);
  return {
    microseconds: sum((cost) => cost.microseconds),
    flops: sum((cost) => cost.flops),
    bytes: sum((cost) => cost.bytes),
  };
}

const runs = ({ phase, batch }: Setting) => (phase.over === 'once' ? 1 : batch.length);
const rows = ({ phase, batch }: Setting) =>
  ({ none: 1, batch: batch.batchSize, all: batch.batchSize * batch.length })[phase.rows];

function nameOf(action: Action): string {
  switch (action.kind) {
    case 'region':
    case 'pack':
      return action.name;
    case 'product':
      return `${action.name} ${action.form} ${action.k}x${action.n}`;
    case 'clear':
      return `clear ${action.buffer.name}`;
    case 'sum-shards':
      return `sum ${action.to.name}`;
  }
}

/** Operations of an action for one row. */
function flopsOf(action: Action): number {
  if (action.kind === 'product') return 2 * action.perRow * action.k * action.n;
  if (action.kind !== 'region') return 0;
  return action.ops.reduce((sum, op) => sum + opFlops(op), 0);
}

function opFlops(op: RegionOp): number {
  switch (op.kind) {
    case 'nest': {
      const adds = (line: Instruction) => line.kind === 'store' && line.add;
      const lines = op.body.filter((line) => line.kind === 'apply' || line.kind === 'reduce' || adds(line));
      return elements(op.space) * lines.length;
    }
    case 'cumulative':
      return elements(op.outer) * op.length;
    case 'scatter':
      return op.outer * op.count * op.inner;
    default:
      return 0;
  }
}

/** Bytes of one run of an action. */
function bytesOf(setting: Setting, action: Action): number {
  const size = ({ name }: Buffer) => 4 * setting.program.buffers.find((buffer) => buffer.name === name)!.size;
  switch (action.kind) {
    case 'region':
      return 4 * rows(setting) * action.ops.reduce((sum, op) => sum + opFloats(op), 0);
    case 'product': {
      const count = rows(setting) * action.perRow;
      const { form, k, n } = action;
      return 4 * (form === 'tn' ? count * (k + n) + 2 * k * n : count * (k + n) + k * n);
    }
    case 'pack':
      return 8 * action.k * action.n;
    case 'clear':
      return size(action.buffer);
    case 'sum-shards':
      return 2 * size(action.to);
  }
}

function opFloats(op: RegionOp): number {
  switch (op.kind) {
    case 'nest':
      return op.body.reduce((sum, line) => sum + touched(op, line), 0);
    case 'cumulative':
    case 'sort':
      return 2 * elements(op.outer) * op.length;
    default:
      return 2 * op.outer * op.count * op.inner;
  }
}

/** Floats that a line of a nest reads and writes: along axes of stride 0 they are the same ones. */
function touched({ space }: Nest, line: Instruction): number {
  if (line.kind === 'number' || line.kind === 'apply') return 0;
  const distinct = elements(space.filter((_, axis) => line.strides[axis] !== 0));
  return line.kind === 'load' || !line.add ? distinct : 2 * distinct;
}

/** A profile as aligned text: phases, the parts of each that took longest first, times, operations, bytes and rates. */
export function showProfile({ phases, ...step }: Profile): string {
  const header = ['part', 'us', 'share', 'Mflop', 'kB', 'Gflop/s'];
  const line = (cost: Cost, indent: string) => [
    indent + cost.name,
    cost.microseconds.toFixed(1),
    `${((100 * cost.microseconds) / step.microseconds).toFixed(1)}%`,
    (cost.flops / 1e6).toFixed(3),
    (cost.bytes / 1e3).toFixed(1),
    (cost.flops / cost.microseconds / 1e3).toFixed(2),
  ];
  const name = `step of ${step.batchSize} sequences of ${step.length}`;
  const table = [header, line({ ...step, name }, '')];
  for (const phase of phases) {
    table.push(line(phase, '  '));
    const slowest = [...phase.regions].sort((a, b) => b.microseconds - a.microseconds);
    if (slowest.length > 1) table.push(...slowest.map((region) => line(region, '    ')));
  }
  const widths = header.map((_, column) => Math.max(...table.map((cells) => cells[column]!.length)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
  return table.map((cells) => cells.map(pad).join('  ')).join('\n');
}
