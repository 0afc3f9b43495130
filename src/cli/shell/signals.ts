/** Ctrl-C and its kin: the first asks training to save and end, the second ends the process at once. */

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Signals being listened to. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The exit code of the signal that came, if one did. */
  exitCode(): number | undefined;
  stop(): void;
}

/** Listens; `onFirst` is told when the first signal has come. */
export function listenForSignals(onFirst: (name: string) => void): Interruption {
  const controller = new AbortController();
  let code: number | undefined;
  const handlers = Object.entries(exitCodes).map(([name, exitCode]): [string, () => void] => [
    name,
    () => {
      if (code !== undefined) process.exit(exitCode);
      code = exitCode;
      onFirst(name);
      controller.abort();
    },
  ]);
  for (const [name, handler] of handlers) process.on(name, handler);
  return {
    signal: controller.signal,
    exitCode: () => code,
    stop() {
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}
