/** `engram experiment`: the claims of the literature that can be run here, one by one. */
import type { Outcome } from '../../experiments/experiment.ts';
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';

/** The command. */
export const command: Command = {
  name: 'experiment',
  takes: 'ls | run <id>',
  summary: 'List the experiments on associative memories, or run one: its claim, its numbers, pass or fail.',
  flags: {
    seed: { kind: 'text', describe: 'decides all that is random; 1 if not given' },
    svg: { kind: 'text', describe: 'a file for the picture; one that is there is not replaced' },
  },
  examples: [
    ['engram experiment ls', 'all of them, with their claims'],
    ['engram experiment run hopfield.letters', 'one, with its pass rule'],
    [
      'engram experiment run dream.window --seed 7 --svg window.svg',
      'with a seed of one’s own, and its picture',
    ],
  ],
  positionals: { least: 1, most: 2 },
  run,
};

async function run({ positionals: [verb, id], flags }: Input, terminal: Terminal): Promise<void> {
  const { UsageError } = await import('../../core/errors.ts');
  const { experiments } = await import('../../experiments/all.ts');
  if (verb === 'ls' && id === undefined) {
    const listed = Object.values(experiments).map(({ id: name, claim, source }) => ({
      id: name,
      claim,
      source,
    }));
    if (flags.json)
      return terminal.result(JSON.stringify({ schema: 'engram.experiments/1', experiments: listed }));
    const { table } = await import('../../report/table.ts');
    return terminal.result(
      table(
        listed.map((one) => [one.id, one.claim]),
        [],
        terminal.columns,
      ),
    );
  }
  if (verb !== 'run' || id === undefined)
    throw new UsageError(
      `experiment: expected ls, or run and an experiment, got ${[verb, id].filter(Boolean).join(' ')}; see engram experiment ls`,
    );
  const { find } = await import('../../core/lookup.ts');
  const { passed } = await import('../../experiments/experiment.ts');
  const { dataHere } = await import('../shell/data.ts');
  const experiment = find(experiments, 'name of an experiment', id);
  const seed = seedIn(flags.seed, UsageError);
  const svg = flags.svg === undefined ? undefined : String(flags.svg);
  if (svg !== undefined) await refuseExisting(svg);
  const started = performance.now();
  const outcome = await experiment.run({ seed, data: dataHere });
  const seconds = (performance.now() - started) / 1000;
  if (svg !== undefined) await draw(outcome, svg);
  const pass = passed(outcome);
  const { claim, source } = experiment;
  if (flags.json)
    terminal.result(
      JSON.stringify({
        schema: 'engram.experiment/1',
        id,
        claim,
        source,
        seed,
        pass,
        seconds,
        checks: outcome.checks,
      }),
    );
  else await show({ id, claim, source, seed, seconds }, outcome, terminal);
  if (pass) return;
  const { NotReachedError } = await import('../../core/errors.ts');
  throw new NotReachedError(
    `${id}: expected its claim to hold, got a number outside its bounds, seed ${seed}`,
  );
}

function seedIn(typed: string | true | undefined, UsageError: new (message: string) => Error): number {
  const seed = Number(typed ?? 1);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`--seed: expected a whole number of at least 0, got ${typed}`);
  return seed;
}

async function refuseExisting(path: string): Promise<void> {
  const { existsSync } = await import('node:fs');
  const { UsageError } = await import('../../core/errors.ts');
  if (existsSync(path)) throw new UsageError(`--svg: expected a new file, got ${path}; remove it first`);
}

async function draw({ figures }: Outcome, path: string): Promise<void> {
  const { writeFileSync } = await import('node:fs');
  writeFileSync(path, figures[0]!.svg, { flag: 'wx' });
}

interface Told {
  readonly id: string;
  readonly claim: string;
  readonly source: string;
  readonly seed: number;
  readonly seconds: number;
}

async function show(
  { id, claim, source, seed, seconds }: Told,
  { checks }: Outcome,
  terminal: Terminal,
): Promise<void> {
  const { table } = await import('../../report/table.ts');
  const { short } = await import('../../experiments/experiment.ts');
  terminal.result(`${terminal.style('bold', id, 'stdout')}  ${claim}\n  (${source})`);
  const rows = checks.map(({ name, measured, expected, pass }) => [
    pass ? 'pass' : 'FAIL',
    short(measured),
    expected,
    name,
  ]);
  terminal.result(table(rows, [1], terminal.columns));
  terminal.result(`seed ${seed}, ${seconds.toFixed(1)} s`);
}
