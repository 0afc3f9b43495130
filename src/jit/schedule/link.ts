/** Parts put together to a program: its buffers are what its actions, constants and ports point to. */
import {
  type Buffer,
  type Constant,
  type Phase,
  type Place,
  type Port,
  type Program,
  placesOf,
} from './program.ts';
import { verifyProgram } from './verify.ts';

/** A program before it is linked: the phases of each entry, first values of memory, and places known by name. */
export interface Parts {
  readonly entries: Readonly<Record<string, readonly Phase[]>>;
  readonly constants: readonly Constant[];
  readonly ports: Readonly<Record<string, Port>>;
}

/** The program of some parts; phases that do nothing are left out. @throws Error when it breaks a rule (verify.ts) */
export function link({ entries, constants, ports }: Parts): Program {
  const phases: Phase[] = [];
  const numbered = Object.entries(entries).map(([name, list]) => {
    const busy = list.filter(({ actions }) => actions.length > 0);
    return [name, busy.map((phase) => phases.push(phase) - 1)] as const;
  });
  const places = [
    ...Object.values(ports).map(({ place }) => place),
    ...constants.map(({ place }) => place),
    ...phases.flatMap(({ actions }) => actions.flatMap(placesOf)),
  ];
  const program: Program = {
    buffers: buffersOf(places),
    phases,
    entries: Object.fromEntries(numbered),
    constants,
    ports,
  };
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
