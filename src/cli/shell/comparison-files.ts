/** What a comparison leaves beside its trials: a page, documents and tables, whole or of as much as there is. */
import { join } from 'node:path';
import { type Analysis, analyze } from '../../compare/analysis.ts';
import { scorePoints } from '../../compare/choose.ts';
import { type Plan, pairsOf } from '../../compare/plan.ts';
import { csv, latex, reportMarkdown } from '../../compare/report/documents.ts';
import { reportPage } from '../../compare/report/page.ts';
import { type Reported, reported } from '../../compare/report/reported.ts';
import { pairRows, trialRows } from '../../compare/report/tables.ts';
import type { Outcomes } from '../../compare/run-trials.ts';
import { stateSizeOf, tellingOf } from '../../compare/telling.ts';
import type { Trial } from '../../compare/trial.ts';
import { openBackend } from '../../core/backend.ts';
import type { Registry } from '../../registry.ts';
import { writeJson } from '../../runs/folder.ts';
import { replaceFile } from '../../runs/whole-file.ts';
import { packageVersion } from './version.ts';

/** Everything that was tried, as far as it has ended. */
export interface Found {
  readonly search: { readonly trials: readonly Trial[]; readonly outcomes: Outcomes };
  readonly final: { readonly trials: readonly Trial[]; readonly outcomes: Outcomes };
}

/** What a comparison is told by. */
export interface FilesOptions {
  readonly plan: Plan;
  /** The folder of the comparison. */
  readonly path: string;
  /** As it was typed. */
  readonly command: string;
  knownTo(trial: Trial): Registry;
}

/** Analyzes what was found, writes it in every form, and returns what comparison.json holds. */
export async function writeComparison(
  found: Found,
  { plan, path, command, knownTo }: FilesOptions,
): Promise<Analysis & Pick<Reported, 'caveats'>> {
  const { search, final } = found;
  await openBackend('cpu');
  const firsts = plan.tasks.flatMap((task) => final.trials.find((trial) => trial.task === task) ?? []);
  const analysis = analyze(pairsOf(plan), {
    ...final,
    tellings: firsts.map((trial) => tellingOf(trial, knownTo(trial))),
    stateSizeOf: (trial) => stateSizeOf(trial, knownTo(trial)),
  });
  const version = packageVersion();
  const report = reported(analysis, { seeds: plan.seeds, command, version });
  const document = {
    schema: 'engram.compare/1',
    version,
    command,
    caveats: report.caveats,
    ...analysis,
    searched: scorePoints(search.trials, search.outcomes),
    trials: { search: told(search), final: told(final) },
  };
  writeJson(join(path, 'comparison.json'), document);
  const texts = textFiles(report, found);
  for (const [name, text] of Object.entries(texts)) replaceFile(join(path, name), text, { synced: false });
  return document;
}

function textFiles(report: Reported, { search, final }: Found): Readonly<Record<string, string>> {
  const outcomes = new Map([...search.outcomes, ...final.outcomes]);
  return {
    'report.html': reportPage(report),
    'report.md': reportMarkdown(report),
    'trials.csv': csv(trialRows([...search.trials, ...final.trials], outcomes)),
    'summary.csv': csv(pairRows(report.analysis.pairs)),
    'summary.tex': latex(report),
  };
}

function told({ trials, outcomes }: Found['final']) {
  return trials.map(({ id, task, cell, seed, point }) => ({
    ...{ id, task, cell, seed, point },
    outcome: outcomes.get(id),
  }));
}
