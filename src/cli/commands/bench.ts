/** `engram bench`: how long a training step takes on every engine here, and on PyTorch and JAX where they are installed. */
import { UsageError } from '../../core/errors.ts';
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';
import { packageVersion } from '../shell/version.ts';

/** The command. */
export const command: Command = {
  name: 'bench',
  takes: '',
  summary:
    'Measure a training step at the papers’ sizes on every engine, beside PyTorch and JAX where installed.',
  flags: {
    quick: { kind: 'switch', describe: 'the reference workload alone, three rounds, without torch.compile' },
    only: {
      kind: 'text',
      describe: 'workloads by name: ntm-copy, lstm-copy/16; cells: every cell at equal parameters',
    },
    engines: { kind: 'text', describe: 'engines by name: compiled,eager-wasm,pytorch,jax' },
    rounds: { kind: 'text', describe: 'turns that each engine gets; 9 if not given' },
    python: { kind: 'text', describe: 'the Python that has PyTorch and JAX; python3 if not given' },
  },
  examples: [
    ['engram bench', 'everything; a quarter of an hour'],
    ['engram bench --quick --json', 'the reference workload, for a program'],
    ['engram bench --only ntm-copy/16 --engines compiled,eager-wasm', 'one comparison'],
    ['engram bench --only cells --engines compiled,eager-wasm,jax', 'every cell at equal parameters'],
  ],
  positionals: { least: 0, most: 0 },
  run,
};

const usualRounds = 9;
const quickRounds = 3;

async function run({ flags }: Input, terminal: Terminal): Promise<void> {
  const { bench, chosenEngines, engineNames } = await import('../../bench/run.ts');
  const { chosenWorkloads, referenceCount, workloads } = await import('../../bench/workloads.ts');
  const { text } = await import('../../bench/report.ts');
  const { host } = await import('../shell/host.ts');
  const quick = flags.quick === true;
  const usual = quick ? engineNames.filter((name) => name !== 'pytorch-compile') : engineNames;
  const engines = flags.engines === undefined ? usual : chosenEngines(String(flags.engines));
  const all = quick ? workloads.slice(0, referenceCount) : workloads;
  const document = await bench({
    workloads: flags.only === undefined ? all : chosenWorkloads(String(flags.only)),
    engines,
    rounds: flags.rounds === undefined ? (quick ? quickRounds : usualRounds) : roundsIn(String(flags.rounds)),
    quick,
    host,
    version: packageVersion(),
    python: flags.python === undefined ? 'python3' : String(flags.python),
    tell: (line) => (terminal.live ? terminal.status(line) : terminal.note(line)),
  });
  terminal.result(flags.json ? JSON.stringify(document) : text(document, engines));
}

function roundsIn(typed: string): number {
  const rounds = Number(typed);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000)
    throw new UsageError(
      `--rounds: expected a whole number from 1 to 1000, got ${typed}; give how many turns`,
    );
  return rounds;
}
