/** The training runs that a claim is made of. */
import type { Claim } from './claims.ts';
import type { ClaimRun } from './result.ts';

/** A run that a claim asks for. */
export type Asked = Pick<ClaimRun, 'row' | 'training' | 'seed' | 'command'>;

/** Every run of a claim, seed by seed, so that what there is of a claim is whole as far as it goes. */
export function runsOf({ train, rows, trainings, seeds }: Claim): Asked[] {
  return Array.from({ length: seeds }, (_, i) => 1001 + i).flatMap((seed) =>
    Object.entries(rows).flatMap(([row, changed]) =>
      Object.entries(trainings).map(([training, more]) => ({
        row,
        training,
        seed,
        command: ['engram train', train, changed, more].filter(Boolean).join(' '),
      })),
    ),
  );
}
