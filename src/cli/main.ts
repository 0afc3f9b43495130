#!/usr/bin/env node
/**
 * The command `engram`: loads the rest, and says in one line why it could not be loaded. It imports nothing itself,
 * because what is imported is loaded before any line here can catch that it is not there.
 */
import('./start.ts').catch(({ code, message }: NodeJS.ErrnoException) => {
  const open = code === 'EMFILE' || code === 'ENFILE';
  const [first] = message.split('\n');
  process.stderr.write(
    open
      ? `engram: expected room for more open files, got ${code}; allow more with: ulimit -n 1024\n`
      : `engram: expected its own files, got ${first}; install it again\n`,
  );
  process.exitCode = 1;
});
