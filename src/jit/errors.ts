/** Errors for what the compiler refuses, before anything runs. */

/** A function that cannot become a program: it mixes examples, reads values while it is traced, or is not one function. */
export class CompileError extends Error {
  override readonly name: string = 'CompileError';
  readonly exitCode = 5;
}

/** A kernel that the compiler has no rule for. */
export class UnsupportedKernelError extends CompileError {
  override readonly name = 'UnsupportedKernelError';
}
