/** Parts put together to a program: its buffers are what its actions, constants and ports point to. */
import { withPanels } from './pack.ts';
import { phase } from './phases.ts';
import type { Prepared } from './plan.ts';
import { type Buffer, type Phase, type Place, type Port, type Program, touchedBy } from './program.ts';
import { verifyProgram } from './verify.ts';

/** A program before it is linked. */
export interface ProgramParts {
  /** The graphs that its phases come from: their constants, and what they want in the prologue. */
  readonly graphs: readonly Pick<Prepared, 'constants' | 'prologue'>[];
  /** The phases of each entry but the prologue. */
  readonly entries: Readonly<Record<string, readonly Phase[]>>;
  readonly ports: Readonly<Record<string, Port>>;
  /** Floats of a matrix from which on products read it in panels; see pack.ts. */
  readonly panelFloats?: number | undefined;
}

/** The program of some parts; phases that do nothing are left out. @throws Error when it breaks a rule (verify.ts) */
export function link({ graphs, entries, ports, panelFloats }: ProgramParts): Program {
  const prologue = [
    phase(
      'prologue',
      graphs.flatMap((graph) => graph.prologue),
    ),
  ];
  const phases: Phase[] = [];
  const numbered = Object.entries(withPanels({ prologue, ...entries }, panelFloats)).map(([name, list]) => {
    const busy = list.filter(({ actions }) => actions.length > 0);
    return [name, busy.map((one) => phases.push(one) - 1)] as const;
  });
  const constants = graphs.flatMap((graph) => graph.constants);
  const places = [
    ...Object.values(ports),
    ...constants,
    ...phases.flatMap(({ actions }) => actions.flatMap(touchedBy)),
  ].map(({ place }) => place);
  const numbers = Object.fromEntries(numbered);
  const program: Program = { buffers: buffersOf(places), phases, entries: numbers, constants, ports };
  verifyProgram(program);
  return program;
}

/** Each buffer once, as large as the largest of its name. */
function buffersOf(places: readonly Place[]): Buffer[] {
  const found = new Map<string, Buffer>();
  for (const { buffer } of places) {
    const before = found.get(buffer.name);
    if (before === undefined || before.size < buffer.size) found.set(buffer.name, buffer);
  }
  return [...found.values()];
}
