/** `engram doctor`: what this machine can run, why it cannot run the rest, and the cure. */
import { availableParallelism } from 'node:os';
import type { BackendReport } from '../../core/backend.ts';
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';
import { nodeIsSupported, packageVersion } from '../shell/version.ts';

/** The command. */
export const command: Command = {
  name: 'doctor',
  takes: '',
  summary: 'Say which backends and engines work here, why the others do not, and the cure.',
  flags: {},
  examples: [
    ['engram doctor', 'for a person'],
    ['engram doctor --json', 'for a program'],
  ],
  positionals: { least: 0, most: 0 },
  run,
};

interface Part {
  readonly name: string;
  readonly available: boolean;
  readonly reason?: string;
  readonly detail?: string;
  readonly cure?: string;
}

async function run({ flags }: Input, terminal: Terminal): Promise<void> {
  const { backendNames, backendOpeners } = await import('../../core/backend.ts');
  const { probedNative } = await import('../shell/native-probe.ts');
  const openers = backendOpeners(() => probedNative());
  const backends: BackendReport[] = [];
  for (const name of backendNames) backends.push(await openers[name]());
  const report = {
    schema: 'engram.doctor/1',
    engram: packageVersion(),
    node: { version: process.versions.node, supported: nodeIsSupported(process.versions.node) },
    machine: { platform: process.platform, arch: process.arch, cores: availableParallelism() },
    backends,
    auto: backends.find(({ available }) => available)?.name ?? null,
    engines: await engines(),
    pictures: [{ name: 'svg', available: true }, await png()],
  };
  terminal.result(flags.json ? JSON.stringify(report) : text(report, terminal));
}

/** The compiled engine runs wherever Node does; what differs is how it rounds. */
async function engines(): Promise<readonly Part[]> {
  const { host } = await import('../shell/host.ts');
  const relaxed = host.relaxedSimd() ? 'relaxed SIMD' : 'no relaxed SIMD';
  return [
    { name: 'compiled', available: true, detail: `${relaxed}, up to ${availableParallelism()} threads` },
    { name: 'eager', available: true },
  ];
}

/** Bitmaps need an optional package; vector pictures need nothing. */
async function png(): Promise<Part> {
  try {
    await import('@resvg/resvg-js');
    return { name: 'png', available: true };
  } catch (error) {
    const reason = String(error instanceof Error ? error.message : error).split('\n', 1)[0]!;
    return { name: 'png', available: false, reason, cure: 'run: npm install @resvg/resvg-js@2.6.2' };
  }
}

interface Report {
  readonly engram: string;
  readonly node: { readonly version: string; readonly supported: boolean };
  readonly machine: { readonly platform: string; readonly arch: string; readonly cores: number };
  readonly backends: readonly BackendReport[];
  readonly auto: string | null;
  readonly engines: readonly Part[];
  readonly pictures: readonly Part[];
}

function text(report: Report, terminal: Terminal): string {
  const { engram, node, machine, backends, auto, engines, pictures } = report;
  const { platform, arch, cores } = machine;
  const old = node.supported ? '' : ' (too old)';
  return [
    `engram ${engram} on Node ${node.version}${old}, ${platform} ${arch}, ${cores} cores`,
    ...backends.flatMap((backend) => lines('backend', backend, terminal)),
    ...engines.flatMap((engine) => lines('engine', engine, terminal)),
    ...pictures.flatMap((format) => lines('pictures', format, terminal)),
    auto === null
      ? 'no backend works here'
      : `--engine auto takes compiled; --engine eager --backend auto takes ${auto}`,
  ].join('\n');
}

function lines(
  kind: string,
  part: Part & Partial<Omit<BackendReport, 'name'>>,
  terminal: Terminal,
): string[] {
  const { name, available, version, libtensorflow, simd, reason, detail, cure } = part;
  const state = available
    ? terminal.style('green', 'works', 'stdout')
    : terminal.style('yellow', 'not here', 'stdout');
  const library = libtensorflow && `libtensorflow ${libtensorflow}`;
  const more = [version, library, simd === undefined ? undefined : simd ? 'SIMD' : 'no SIMD', reason, detail];
  const told = more.filter((item) => item !== undefined && item !== '').join(', ');
  const line = `  ${kind.padEnd(8)}  ${name.padEnd(10)}  ${state}${told ? `  ${told}` : ''}`;
  return available || !cure ? [line] : [line, `            cure: ${cure}`];
}
