/**
 * Peers in other languages: each a child process that lives as long as the benchmark and answers requests in lines of
 * JSON, so that it can be measured in turn with the others. It measures itself, so the pipe costs nothing. Where Python
 * or the library is not installed, the peer says so and takes no part.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Competitor, Contestant } from './contestants.ts';
import type { Exercise } from './workloads.ts';

/** How to start a peer. */
export interface PeerOptions {
  readonly name: string;
  readonly threads: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** What a peer says of itself when it has opened a workload. */
interface Opened {
  readonly version: string;
  readonly compileSeconds: number | null;
}

const patience = 20_000;
/** torch.compile takes a minute or two. */
const answerTimeoutMs = 1_800_000;

/** The folder of the peers' scripts, in a checkout; they are not part of the published package. */
export function peerScripts(): string | undefined {
  const places = ['../../test/bench/peers', '../../../test/bench/peers'];
  return places.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path));
}

/** A peer that takes part if it can; `versions` is told which library answered. */
export function peer(options: PeerOptions, versions: Record<string, string>): Competitor {
  let child: PeerProcess | undefined;
  return {
    name: options.name,
    threads: options.threads,
    patience,
    async open(exercise) {
      child ??= new PeerProcess(options);
      const opened = await child.ask<Opened>(openRequest(exercise));
      versions[options.name] = opened.version;
      return contestant(child, opened);
    },
    end() {
      child?.end();
      child = undefined;
    },
  };
}

function openRequest({ assembly, file }: Exercise): object {
  const { config, task } = assembly;
  const { name: cell, ...settings } = config.cell;
  return { command: 'open', file, cell, settings, loss: task.loss, optimizer: config.optimizer };
}

function contestant(child: PeerProcess, { compileSeconds }: Opened): Contestant {
  return {
    ...(compileSeconds !== null && { compileSeconds }),
    async first(steps) {
      const told = await child.ask<{ steps: readonly { loss: number; gradientNorm: number }[] }>({
        command: 'check',
        steps,
      });
      return told.steps.map(({ loss, gradientNorm }) => ({ lossNats: loss, gradientNorm }));
    },
    async time(turn) {
      return (await child.ask<{ milliseconds: readonly number[] }>({ command: 'time', ...turn }))
        .milliseconds;
    },
    // The child stays for the next workload.
    close: () => undefined,
  };
}

interface Pending {
  resolve(line: string): void;
  reject(error: Error): void;
}

/** A child process that answers one line of JSON with another. */
class PeerProcess {
  readonly #child: ChildProcess;
  readonly #lastWords: string[] = [];
  #pending: Pending | undefined;
  #ended: Error | undefined;

  constructor({ command, args, env }: PeerOptions) {
    const child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, ...env } });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const pending = this.#pending;
      this.#pending = undefined;
      pending?.resolve(line);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.trim() !== '') this.#lastWords.splice(0, this.#lastWords.length - 4, line.trim());
    });
    child.stdin.on('error', () => undefined);
    child.on('error', () => this.#fail(new Error(`not installed (${command} cannot be started)`)));
    // All of stderr has been read when the streams are closed, which is later than the exit.
    child.on('close', () => this.#fail(new Error(this.#whyItEnded())));
  }

  /**
   * Sends a request and waits for its answer.
   * @throws Error in one line
   */
  async ask<T>(request: object): Promise<T> {
    if (this.#ended) throw this.#ended;
    const line = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), answerTimeoutMs);
      this.#pending = {
        resolve: (text) => {
          clearTimeout(timer);
          resolve(text);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    });
    const answer = JSON.parse(line) as T & { error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  end(): void {
    this.#child.stdin!.end('{"command":"quit"}\n');
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    this.#pending?.reject(this.#ended);
    this.#pending = undefined;
  }

  #whyItEnded(): string {
    const last = this.#lastWords.at(-1) ?? 'it ended without a word';
    return /ModuleNotFoundError/.test(last) ? `not installed (${last})` : last;
  }
}
