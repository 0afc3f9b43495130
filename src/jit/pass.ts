/**
 * A pass, and how passes are run: each one once on a graph, in the order of a list. After each the graph is checked, in
 * production too, and whoever asked is told what came out and how long it took.
 */
import type { Graph } from './ir/graph.ts';
import { print } from './ir/print.ts';
import { verify } from './ir/verify.ts';

/** A function from graphs to graphs that mean the same. */
export interface Pass {
  readonly name: string;
  readonly run: (graph: Graph) => Graph;
}

/** The work of a pass. */
export interface PassRecord {
  /** Which of a program's functions: `initial`, `step`, `readout`, `optimizer`, `norm`. */
  readonly graph: string;
  readonly pass: string;
  /** Nodes of the graph; of `trace` and before `import`, kernels. */
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  readonly microseconds: number;
  /** The result, for a person to read. */
  readonly text: () => string;
}

/** Told after each pass. */
export type OnPass = (record: PassRecord) => void;

/** Which graph is worked on, and who is told. */
export interface Observed {
  readonly graph: string;
  readonly onPass?: OnPass | undefined;
}

/** The time of a call in microseconds, and what it gave. */
export function timed<R>(call: () => R): { readonly result: R; readonly microseconds: number } {
  const start = performance.now();
  const result = call();
  return { result, microseconds: 1000 * (performance.now() - start) };
}

/**
 * Runs one pass, whatever it starts from.
 * @throws Error that names the pass and the node when the graph that it makes breaks a rule
 */
export function runPass(
  { graph, onPass }: Observed,
  {
    name,
    nodesBefore,
    run,
  }: { readonly name: string; readonly nodesBefore: number; readonly run: () => Graph },
): Graph {
  const { result, microseconds } = timed(run);
  verify(result, `${name} of ${graph}`);
  onPass?.({
    graph,
    pass: name,
    nodesBefore,
    nodesAfter: result.nodes.length,
    microseconds,
    text: () => print(result),
  });
  return result;
}

/** Runs passes one after another. */
export function runPasses(passes: readonly Pass[], graph: Graph, observed: Observed): Graph {
  return passes.reduce(
    (current, { name, run }) =>
      runPass(observed, { name, nodesBefore: current.nodes.length, run: () => run(current) }),
    graph,
  );
}
