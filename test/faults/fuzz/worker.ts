/**
 * Runs cases, each told by its seed and its number, in a process of its own, so that one that hangs can be ended. Told
 * one on the command line (`node --import jiti/register test/faults/fuzz/worker.ts 1 417`), it keeps the folder to look at.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chanceOf } from './chance.ts';
import { command } from './command.ts';
import { damageFolder } from './damage.ts';
import {
  argvOf,
  type CommandName,
  commandsOf,
  layOut,
  makeSubjects,
  pathOf,
  type Reference,
  referenceOf,
  type Subject,
  subjects,
} from './subject.ts';
import { claimsOf, complaint } from './verdict.ts';

/** What came of a case. */
export interface CaseResult {
  readonly number: number;
  readonly what: string;
  readonly complaint?: string | undefined;
  /** Of the processor: on a machine with other work the clock tells nothing. */
  readonly ms: number;
  readonly peakBytes: number;
}

/** Libraries print on the streams that results are on. */
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) console[method] = () => undefined;

const top = fs.mkdtempSync(join(tmpdir(), 'engram-fuzz-'));
const places = await makeSubjects(top);
const references = new Map<Subject, Reference>();
for (const subject of subjects) references.set(subject, await referenceOf(places, subject));

/** Evaluation and training take most of the time, and lists read every file too. */
const usual: readonly CommandName[] = [
  'eval',
  'eval',
  'eval',
  'resume',
  'resume',
  'ls',
  'ls',
  'ls',
  'show',
  'show',
];

async function runCase(seed: number, number: number): Promise<CaseResult> {
  const chance = chanceOf(seed, number);
  const subject = chance.pick(['run', 'run', 'run', 'run', 'run', 'run', 'own', 'model'] as const);
  const wanted = chance.often(0.03) ? 'inspect' : chance.pick(usual);
  const name = commandsOf(subject).includes(wanted) ? wanted : 'eval';
  const folder = layOut(places, subject);
  const damages = damageFolder(folder, places.precious, chance);
  const claims = claimsOf(join(places.base, subject), folder, damages);
  const claimed = claims.length > 0;
  // Hashes made to fit are those of all that was damaged beside them.
  const authored = claims.length === damages.length || damages.some((damage) => damage.authored);
  // Told before, for one that does not end.
  if (!process.send) process.stderr.write(`${JSON.stringify(damages)}\n`);
  const before = process.cpuUsage();
  const outcome = await command(argvOf(name, pathOf(subject)));
  const { user, system } = process.cpuUsage(before);
  const reference = references.get(subject)!;
  const told = damages.map(
    ({ file, what, authored }) => `${file}: ${what}${authored ? ', hashes made to fit' : ''}`,
  );
  return {
    number,
    what: `${name} of a ${subject} (${told.join('; ')})`,
    complaint:
      outsideChanged() ??
      complaint({ subject, name, damages, folder, outcome, reference, claimed, authored }),
    ms: (user + system) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

function outsideChanged(): string | undefined {
  const names = fs.readdirSync(join(places.precious, '..'));
  const whole = names.join() === 'file' && fs.readFileSync(places.precious, 'utf8') === 'keep\n';
  return whole ? undefined : `changed what lies outside: ${names}`;
}

const [seed, ...numbers] = process.argv.slice(2).map(Number);
if (seed !== undefined) {
  for (const number of numbers)
    process.stdout.write(`${JSON.stringify(await runCase(seed, number), null, 2)}\n${places.work}\n`);
  process.exit(0);
}
process.on('message', (task: { readonly seed: number; readonly number: number }) => {
  runCase(task.seed, task.number).then(
    (result) => process.send!(result),
    (error: Error) =>
      process.send!({
        number: task.number,
        what: 'the fuzzer itself',
        complaint: error.stack,
        ms: 0,
        peakBytes: 0,
      }),
  );
});
process.on('disconnect', () => process.exit());
process.send!('ready');
