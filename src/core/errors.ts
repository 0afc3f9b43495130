/**
 * The errors a caller tells apart. Every message is one line: `where: expected ..., got ...; what to do`.
 * The exit codes are the command line's contract and are listed in `engram --help`.
 */

/** Wrong settings, flags or sizes: the caller's to mend. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode = 2;
}

/** Training met NaN or infinity. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
  readonly exitCode = 3;
}

/** The run ended without what was asked of it. */
export class NotReachedError extends Error {
  override readonly name = 'NotReachedError';
  readonly exitCode = 4;
}

/** The engine or backend that was asked for cannot be had. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  readonly exitCode = 5;
}

/** A checkpoint is missing, damaged, or of another model. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly exitCode = 6;
}
