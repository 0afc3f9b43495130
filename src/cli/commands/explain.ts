/** `engram explain`: what the compiler makes of a cell, from the pass that traces it to the bytes of the module. */
import type { Explained } from '../../app/explain.ts';
import { UsageError } from '../../core/errors.ts';
import { nearestOrAll } from '../../core/lookup.ts';
import type { PassRecord, Phase } from '../../jit/index.ts';
import type { Assembly } from '../../registry.ts';
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';
import { settingGroups, trainingFlags } from '../shell/training-flags.ts';

const { config, preset, optimizer, 'relaxed-simd': relaxedSimd, 'trust-source': trustSource } = trainingFlags;
const { task, cell, model, optimizer: optimizerSettings } = settingGroups;

/** The command. */
export const command: Command = {
  name: 'explain',
  takes: '<cell>',
  summary:
    'Show what the compiler makes of a cell: its graphs, each pass over them, the program, the module.',
  flags: {
    passes: { kind: 'switch', describe: 'every pass: nodes before and after, microseconds' },
    after: { kind: 'text', describe: 'the graph as a pass leaves it: --after remove-batch-axis' },
    graph: {
      kind: 'text',
      describe: 'which function: initial, step, readout, optimizer or norm (default step; of --passes, all)',
    },
    program: { kind: 'switch', describe: 'the program: phases, products and loop nests' },
    wat: { kind: 'switch', describe: 'the module as WebAssembly text' },
    task: { kind: 'text', describe: 'the task that it is set up for (default copy)' },
    preset: preset!,
    config: config!,
    optimizer: optimizer!,
    'relaxed-simd': relaxedSimd!,
    'trust-source': trustSource!,
  },
  groups: { task: task!, cell: cell!, model: model!, optimizer: optimizerSettings! },
  examples: [
    ['engram explain ntm', 'graphs, phases and sizes'],
    ['engram explain ntm --passes', 'what each pass did, and how long it took'],
    ['engram explain lstm --cell.layers 2 --after simplify', 'the graph of a step and its gradient'],
    ['engram explain fast-weights --task key-value-retrieval --program', 'the loops that are run'],
    ['engram explain ./my-cell.ts --wat | less', 'the module of a cell of your own'],
  ],
  positionals: { least: 0, most: 1 },
  run,
};

const views = ['passes', 'after', 'program', 'wat'] as const;

async function run(input: Input, terminal: Terminal): Promise<void> {
  const { flags, positionals } = input;
  if (positionals.length === 0 && flags.config === undefined)
    throw new UsageError('expected <cell>, got nothing; see engram cells');
  const asked = views.filter((view) => flags[view] !== undefined);
  if (asked.length > 1)
    throw new UsageError(
      `expected one of ${views.map((view) => `--${view}`).join(', ')}, got ${asked.map((view) => `--${view}`).join(' and ')}; ask for one at a time`,
    );
  const { configureTyped } = await import('../shell/typed-settings.ts');
  const { explain } = await import('../../app/explain.ts');
  const { host } = await import('../shell/host.ts');
  const { assembly, notes } = await configureTyped(asTraining(input));
  for (const line of [...notes, ...assembly.warnings]) terminal.note(`engram explain: ${line}`);
  const explained = await explain(assembly, assembly.config.relaxedSimd && host.relaxedSimd());
  try {
    const view = await viewOf(input, explained, assembly);
    terminal.result(flags.json ? JSON.stringify(view.document) : view.text(terminal.columns));
  } finally {
    explained.dispose();
  }
}

/** The words of this command as `train` takes them: there the task is the argument, and the cell a flag. */
function asTraining({ positionals: [name], flags, argv }: Input): Input {
  const {
    passes: _,
    after: _after,
    graph: _graph,
    program: _program,
    wat: _wat,
    task: named,
    ...rest
  } = flags;
  const usual = flags.config === undefined ? 'copy' : undefined;
  const onTask = named === undefined ? usual : String(named);
  return {
    positionals: onTask === undefined ? [] : [onTask],
    flags: { ...rest, ...(name !== undefined && { cell: name }) },
    argv,
  };
}

/** What is shown: one document for a program, or text for a person. */
interface View {
  readonly document: object;
  text(columns: number | undefined): string;
}

async function viewOf({ flags }: Input, explained: Explained, assembly: Assembly): Promise<View> {
  const { printProgram, wat } = await import('../../jit/index.ts');
  const { program, bytes } = explained.compiled.training;
  const about = {
    schema: 'engram.explain/1',
    cell: assembly.config.cell.name,
    task: assembly.config.task.name,
  };
  const plain = (key: string, text: string): View => ({
    document: { ...about, [key]: text },
    text: () => text,
  });
  if (flags.program) return plain('program', printProgram(program));
  if (flags.wat) return plain('wat', wat(bytes));
  const graph = flags.graph === undefined ? undefined : String(flags.graph);
  const records = graph === undefined ? explained.passes : passesOf(explained.passes, graph);
  if (flags.after !== undefined) {
    const record = passNamed(passesOf(explained.passes, graph ?? 'step'), String(flags.after));
    return plain('after', record.text());
  }
  if (flags.passes) {
    const { table } = await import('../../report/table.ts');
    const passes = records.map(({ text: _, microseconds, ...record }) => ({
      ...record,
      microseconds: Math.round(microseconds),
    }));
    return { document: { ...about, passes }, text: () => passTable(records, table) };
  }
  if (graph !== undefined)
    throw new UsageError('--graph: expected --passes or --after beside it, got neither');
  return overview(explained, assembly, about);
}

/** The passes over one graph. @throws UsageError when there is none of that name */
function passesOf(passes: readonly PassRecord[], graph: string): readonly PassRecord[] {
  const found = passes.filter((record) => record.graph === graph);
  const known = [...new Set(passes.map((record) => record.graph))];
  if (found.length === 0)
    throw new UsageError(
      `--graph: expected a graph of the program, got ${graph}; ${nearestOrAll(graph, known)}`,
    );
  return found;
}

/** A pass by its name. @throws UsageError when there is none */
function passNamed(passes: readonly PassRecord[], name: string): PassRecord {
  const found = passes.findLast(({ pass }) => pass === name);
  if (found) return found;
  const known = passes.map(({ pass }) => pass);
  throw new UsageError(`--after: expected a pass, got ${name}; ${nearestOrAll(name, known)}`);
}

type Table = (rows: readonly (readonly string[])[], right?: readonly number[]) => string;

const figure = (value: number) => Math.round(value).toLocaleString('en-US');
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function passTable(records: readonly PassRecord[], table: Table): string {
  const rows = records.map(({ graph, pass, nodesBefore, nodesAfter, microseconds }) => [
    graph,
    pass,
    figure(nodesBefore),
    figure(nodesAfter),
    figure(microseconds),
  ]);
  const total = ['', 'all', '', '', figure(sum(records.map(({ microseconds }) => microseconds)))];
  return table([['graph', 'pass', 'before', 'after', 'microseconds'], ...rows, total], [2, 3, 4]);
}

async function overview(explained: Explained, assembly: Assembly, about: object): Promise<View> {
  const { table } = await import('../../report/table.ts');
  const { elements } = await import('../../core/shape.ts');
  const { compiled, passes, milliseconds } = explained;
  const { program, bytes } = compiled.training;
  const { params, state } = compiled.graphs;
  const graphs = [...new Set(passes.map(({ graph }) => graph))].map((name) => {
    const own = passesOf(passes, name);
    return {
      name,
      nodesImported: own.find(({ pass }) => pass === 'import')?.nodesAfter ?? own[0]!.nodesBefore,
      nodes: own.at(-1)!.nodesAfter,
      microseconds: sum(own.map(({ microseconds }) => microseconds)),
    };
  });
  const phases = program.phases.map((phase) => ({
    name: phase.name,
    over: phase.over,
    rows: phase.rows,
    ...countsOf(phase),
  }));
  const document = {
    ...about,
    parameters: compiled.parameterCount,
    parameterTensors: params.length,
    statePerExample: sum(state.map(({ shape }) => elements(shape))),
    graphs,
    phases,
    moduleBytes: bytes.length,
    milliseconds,
  };
  const times = { once: 'once', forward: 't = 0 ... T-1', backward: 't = T-1 ... 0' };
  const rows = { none: '', batch: 'B', all: 'T B' };
  const text = () =>
    [
      `${assembly.config.cell.name} on ${assembly.config.task.name}: ${figure(document.parameters)} parameters in ${params.length} tensors, a state of ${figure(document.statePerExample)} numbers an example`,
      table(
        [
          ['graph', 'imported', 'nodes', 'microseconds'],
          ...graphs.map((graph) => [
            graph.name,
            figure(graph.nodesImported),
            figure(graph.nodes),
            figure(graph.microseconds),
          ]),
        ],
        [1, 2, 3],
      ),
      table(
        [
          ['phase', 'time', 'rows', 'products', 'loop nests'],
          ...phases.map((phase) => [
            phase.name,
            times[phase.over],
            rows[phase.rows],
            figure(phase.products),
            figure(phase.nests),
          ]),
        ],
        [3, 4],
      ),
      `a module of ${figure(bytes.length)} bytes, in ${figure(milliseconds)} ms; --passes, --after simplify, --program and --wat show more`,
    ].join('\n\n');
  return { document, text };
}

/** How many products a phase has, and how many operations its regions. */
function countsOf({ actions }: Phase): { products: number; nests: number } {
  const products = actions.filter(({ kind }) => kind === 'product').length;
  return {
    products,
    nests: sum(actions.map((action) => (action.kind === 'region' ? action.ops.length : 0))),
  };
}
