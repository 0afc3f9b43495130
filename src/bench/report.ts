/** What the benchmark found: the document that `--json` prints, and the table that a person reads. */

import { table } from '../report/table.ts';
import { type Measured, median } from './measure.ts';
import type { Exercise } from './workloads.ts';

/** One workload at one number of threads. Engines that have no choice of threads stand in all of its entries. */
export interface BenchEntry {
  readonly name: string;
  readonly cell: string;
  readonly task: string;
  readonly batch: number;
  /** Time steps of a sequence. */
  readonly steps: number;
  readonly parameters: number;
  readonly threads: number;
  /** Median of a training step, by engine. */
  readonly milliseconds: Readonly<Record<string, number>>;
  /** How many times as long an engine takes as `compiled`; `<engine>-best` is at its better number of threads. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Arithmetic of the compiled step a second, and what plain matrix products reach here on as many threads. */
  readonly gflops: number | null;
  readonly peakGflops: number;
  /** Operations of one training step. */
  readonly operations: number;
  /** From nothing to the first result. */
  readonly compileSeconds: Readonly<Record<string, number>>;
  /** Largest relative difference of loss and gradient norm to the eager engine's over the first steps. */
  readonly differences: Readonly<Record<string, number>>;
  /** Why an engine has no figure. */
  readonly missing: Readonly<Record<string, string>>;
}

/** What `engram bench --json` prints. */
export interface BenchDocument {
  readonly schema: 'engram.bench/1';
  readonly date: string;
  readonly engram: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly platform: string;
    readonly node: string;
    readonly relaxedSimd: boolean;
  };
  /** Of the peers that took part. */
  readonly versions: Readonly<Record<string, string>>;
  readonly optimizer: string;
  /** How many medians of a turn each figure is the median of. */
  readonly rounds: number;
  readonly quick: boolean;
  readonly workloads: readonly BenchEntry[];
}

/** One entry for each number of threads. */
export function entries(
  { workload, assembly, batch, first }: Exercise,
  measured: readonly Measured[],
  arithmetic: { readonly operations: number; readonly peakGflops: number },
): BenchEntry[] {
  const threadCounts = [...new Set(measured.flatMap(({ competitor }) => competitor.threads ?? []))];
  return (threadCounts.length > 0 ? threadCounts : [1]).map((threads): BenchEntry => {
    const present = measured.filter(({ competitor }) => (competitor.threads ?? threads) === threads);
    const times = byEngine(present, ({ milliseconds }) => milliseconds);
    const compiled = times.compiled;
    return {
      name: workload.name,
      cell: assembly.config.cell.name,
      task: assembly.config.task.name,
      batch: batch.batchSize,
      steps: batch.length,
      parameters: Object.entries(first)
        .filter(([name]) => name.startsWith('params.'))
        .reduce((sum, [, { data }]) => sum + data.length, 0),
      threads,
      milliseconds: mapValues(times, (ms) => rounded(ms, 5)),
      ratios:
        compiled === undefined
          ? {}
          : mapValues(ratios(times, measured, threads), (ratio) => rounded(ratio, 4)),
      gflops: compiled === undefined ? null : rounded(arithmetic.operations / (compiled * 1e6), 4),
      peakGflops: rounded(arithmetic.peakGflops * threads, 4),
      operations: arithmetic.operations,
      compileSeconds: byEngine(present, ({ compileSeconds }) => compileSeconds && rounded(compileSeconds, 3)),
      differences: byEngine(
        present,
        ({ agreement }) => agreement && rounded(Math.max(agreement.loss, agreement.gradientNorm), 2),
      ),
      missing: byEngine(present, ({ missing }) => missing),
    };
  });
}

/** By engine, for those that have it. */
function byEngine<T>(
  measured: readonly Measured[],
  read: (one: Measured) => T | undefined,
): Record<string, T> {
  return Object.fromEntries(
    measured.flatMap((one) => {
      const value = read(one);
      return value === undefined ? [] : [[one.competitor.name, value]];
    }),
  );
}

/** What the others take as a multiple of what the compiled program takes on as many threads. */
function ratios(
  times: Readonly<Record<string, number>>,
  measured: readonly Measured[],
  threads: number,
): Record<string, number> {
  const own = times.compiled!;
  const others = Object.entries(times).filter(([name]) => name !== 'compiled');
  const result = Object.fromEntries(others.map(([name, ms]) => [name, ms / own]));
  for (const [name] of others) {
    const all = measured.filter(({ competitor }) => competitor.name === name);
    if (all.length < 2) continue;
    result[`${name}-best`] = Math.min(...all.flatMap(({ milliseconds }) => milliseconds ?? [])) / own;
  }
  const single = measured.find(
    ({ competitor }) => competitor.name === 'compiled' && competitor.threads === 1,
  );
  if (threads > 1 && single?.milliseconds !== undefined)
    result['compiled-1-thread'] = single.milliseconds / own;
  return result;
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}

/** The document as text: one row an entry, each figure with how many times the compiled one it is. */
export function text(document: BenchDocument, engines: readonly string[]): string {
  const { machine, date, rounds, versions, workloads, optimizer } = document;
  const { cpu, cores, node, relaxedSimd } = machine;
  const shown = engines.filter((name) =>
    workloads.some(({ milliseconds, missing }) => name in milliseconds || name in missing),
  );
  const header = ['workload', 'B', 'threads', ...shown, 'GFLOP/s', 'peak'];
  const rows = workloads.map((entry) => row(entry, shown));
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date.slice(0, 10)}, ${cpu}, ${cores} cores, Node ${node}, relaxed SIMD ${relaxedSimd ? 'on' : 'off'}`,
    ...(peers.length > 0 ? [peers.join(', ')] : []),
    `milliseconds of a training step (${optimizer}), medians of ${rounds} turns; in brackets: times what compiled takes`,
    '',
    table([header, ...rows], header.map((_, column) => column).slice(1)),
    '',
    ...notes(workloads),
  ].join('\n');
}

function row(entry: BenchEntry, shown: readonly string[]): string[] {
  const { name, batch, threads, milliseconds, ratios, missing, gflops, peakGflops } = entry;
  const cells = shown.map((engine) => {
    const ms = milliseconds[engine];
    if (ms === undefined) return missing[engine]?.startsWith('not ') ? 'not installed' : '-';
    const ratio = ratios[engine];
    return ratio === undefined ? figure(ms) : `${figure(ms)} (${figure(ratio)}x)`;
  });
  return [
    name,
    String(batch),
    String(threads),
    ...cells,
    gflops === null ? '-' : figure(gflops),
    figure(peakGflops),
  ];
}

/** Three digits, and whole numbers above a hundred. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** What does not fit in the table: the second thread's gain, compile times, agreement, and why a place is empty. */
function notes(workloads: readonly BenchEntry[]): string[] {
  const gains = workloads.flatMap(({ name, batch, threads, ratios }) => {
    const gain = ratios['compiled-1-thread'];
    return gain === undefined ? [] : [`${name}/${batch} ${figure(gain)}x on ${threads}`];
  });
  const compiling = new Map<string, number[]>();
  const reasons = new Map<string, string[]>();
  let furthest = 0;
  for (const { name, batch, threads, compileSeconds, missing, differences } of workloads) {
    for (const [engine, seconds] of Object.entries(compileSeconds))
      compiling.set(engine, [...(compiling.get(engine) ?? []), seconds]);
    for (const [engine, reason] of Object.entries(missing)) {
      const line = `${engine}: ${reason}`;
      reasons.set(line, [...(reasons.get(line) ?? []), `${name}/${batch}/${threads}`]);
    }
    furthest = Math.max(furthest, ...Object.values(differences));
  }
  const compileTimes = [...compiling].map(
    ([engine, seconds]) => `${engine} ${figure(median(seconds))} (${figure(Math.max(...seconds))} at most)`,
  );
  return [
    ...(gains.length > 0 ? [`threads: compiled gains ${gains.join(', ')}`] : []),
    ...(compileTimes.length > 0
      ? [`seconds to compile, to the first result: ${compileTimes.join(', ')}`]
      : []),
    `checked: loss and gradient norm of the first three steps differ from eager's by at most ${furthest.toExponential(1)}`,
    ...[...reasons].map(([line, where]) =>
      where.length === workloads.length ? line : `${line} [${where.join(', ')}]`,
    ),
  ];
}
