/**
 * Trials as a job array of Slurm: each task does some of them, one after the other. Shortly before its time is up Slurm
 * sends USR1 to the script, which has the trial saved and puts the task back into the queue; what is done is not done
 * again. A task that is cancelled gets TERM, saves, and stays out of the queue.
 */
import { shellLine, shellWord } from './shell-words.ts';

/** An array of tasks. */
export interface JobArray {
  /** `node` and the program: what `trial` is a command of. */
  readonly program: readonly string[];
  /** The folder of the comparison, as a whole path. */
  readonly folder: string;
  /** Where the tasks write what they say. */
  readonly logs: string;
  readonly trials: readonly string[];
  /** How many trials a task has. */
  readonly perTask: number;
}

/** How long before the end of its time a task is told. */
const WARNING_SECONDS = 120;

/** The script for sbatch. */
export function slurmScript({ program, folder, logs, trials, perTask }: JobArray): string {
  const tasks = Math.ceil(trials.length / perTask);
  return `#!/bin/bash
#SBATCH --job-name=engram
#SBATCH --array=0-${tasks - 1}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --signal=B:USR1@${WARNING_SECONDS}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=${directiveWord(`${logs}/`)}%A_%a.txt

trials=(
${trials.map((id) => `  ${shellWord(id)}`).join('\n')}
)
first=$((SLURM_ARRAY_TASK_ID * ${perTask}))

${shellLine([...program, 'trial'])} "\${trials[@]:first:${perTask}}" --out ${shellWord(folder)} &
child=$!
again=no
trap 'interrupted=yes; again=yes; kill -TERM "$child"' USR1
trap 'interrupted=yes; kill -TERM "$child"' TERM
# A signal ends the wait, not the child, which saves first.
interrupted=yes
while [ "$interrupted" = yes ]; do
  interrupted=no
  wait "$child"
  code=$?
done
if [ "$again" = yes ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
exit "$code"
`;
}

/** A path in a directive of sbatch, which takes quotes and backslashes as a shell does, and % for a field of its own. */
function directiveWord(path: string): string {
  return path.replaceAll('%', '%%').replaceAll(/[^\w./:=@%+,-]/g, '\\$&');
}
