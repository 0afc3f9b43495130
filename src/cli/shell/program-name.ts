/** How this command was started, and hints that are written so: what is copied from the screen must run as it stands. */

/** What of the process tells how it was started. */
export interface Started {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How package managers start a command of a package. */
const runners: Readonly<Record<string, string>> = {
  npm: 'npx engram',
  pnpm: 'pnpm exec engram',
  yarn: 'yarn engram',
  bun: 'bunx engram',
};

/**
 * `engram` where that is a command of the shell, `npx engram` where it is one of a project only. Package managers tell of
 * themselves in the environment; started by its path, the folder of the program tells whether it is a project's.
 */
export function programName({ argv, env }: Started = process): string {
  const manager = /^(\w+)\//.exec(env.npm_config_user_agent ?? '')?.[1] ?? 'npm';
  if (env.npm_execpath !== undefined || env.npm_command !== undefined)
    return runners[manager] ?? runners.npm!;
  return /[\\/]node_modules[\\/](\.bin|engram)[\\/]/.test(argv[1] ?? '') ? runners.npm! : 'engram';
}

/** A text in which every command line of ours begins as this one was started; `engram train:` in front is no command. */
export function asStarted(text: string, name: string = programName()): string {
  return text.replaceAll(/(?<![\w./-])engram (?=(?:--)?[a-z]+(?![\w:-]))/g, `${name} `);
}
