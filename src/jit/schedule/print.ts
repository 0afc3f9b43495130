/** A lowered program as text: phases, and in each its actions; a region with its nests, one instruction a line. */
import { showShape } from '../../core/shape.ts';
import type { Action, Instruction, Phase, Place, Program, RegionOp } from './program.ts';

/** The phases of a program for a person to read; `names` leaves out the others. */
export function printProgram(program: Program, names?: readonly string[]): string {
  return program.phases
    .filter(({ name }) => names === undefined || names.includes(name))
    .map((phase) => [headOf(phase), ...phase.actions.flatMap(linesOf)].join('\n'))
    .join('\n');
}

function headOf({ name, over, rows }: Phase): string {
  const times = { once: 'once', forward: 'for t = 0 ... T-1', backward: 'for t = T-1 ... 0' }[over];
  const each = { none: '', batch: ', B rows', all: ', T B rows' }[rows];
  return `${name}: ${times}${each}`;
}

function linesOf(action: Action): string[] {
  switch (action.kind) {
    case 'product': {
      const { form, k, n, left, right, output, add, panels, workspace } = action;
      const sides = { nn: ['', ''], nt: ['', "'"], tn: ["'", ''] }[form];
      const where = panels ? `, or ${at(panels)} in panels` : workspace ? ', by panels' : '';
      return [
        `  ${at(output)} ${add ? '+=' : '='} ${at(left)}${sides[0]} x ${at(right)}${sides[1]}${where}, k ${k}, n ${n}`,
      ];
    }
    case 'pack':
      return [`  ${at(action.to)} = panels of ${at(action.from)}${action.transposed ? "'" : ''}`];
    case 'region':
      return [`  for each row: ${action.name}`, ...action.ops.flatMap(opLines)];
    case 'clear':
      return [`  ${action.buffer.name} = 0`];
    case 'sum-shards':
      return [`  ${action.to.name} = sum over shards of ${action.from.name}`];
  }
}

/** `state.h[t+1] + 4`: a buffer, the time of the record, and the offset in it. */
function at({ buffer, offset, shift }: Place): string {
  const time = buffer.kind === 'rows' && buffer.slots !== 'one' ? (shift ? '[t+1]' : '[t]') : '';
  return `${buffer.name}${time}${offset > 0 ? `+${offset}` : ''}`;
}

function opLines(op: RegionOp): string[] {
  if (op.kind !== 'nest') return [`    ${op.kind}: ${at(op.output)} from ${at(op.input)}`];
  const lines = op.body.map((line, index) => `      ${instructionLine(line, index)}`);
  return [`    over ${showShape(op.space)}:`, ...lines];
}

function instructionLine(line: Instruction, index: number): string {
  switch (line.kind) {
    case 'load':
      return `$${index} = ${at(line.place)} by ${showShape(line.strides)}`;
    case 'number':
      return `$${index} = ${line.value}`;
    case 'apply':
      return `$${index} = ${line.name} ${line.args.map((arg) => `$${arg}`).join(' ')}`;
    case 'store':
      return `${at(line.place)} by ${showShape(line.strides)} ${line.add ? '+=' : '='} $${line.value}`;
    case 'reduce':
      return `${at(line.place)} ${line.add ? '+=' : '='} ${line.fold} of $${line.value} over ${showShape(line.reduced.flatMap((yes, axis) => (yes ? [axis] : [])))}`;
  }
}
