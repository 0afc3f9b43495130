/**
 * Threads that share a program's memory. A step's shards are taken one by one by whoever is free, the calling thread
 * included; what a shard leaves behind is in buffers of its own, so results do not depend on who took it, and a thread that is
 * slow to start costs nothing but its help. Waiting is by spinning for a moment, a hand-off of well under a
 * microsecond, then by sleeping. Works in Node and in pages that may share memory; elsewhere use one thread.
 */

/** A thread that runs a script until it is ended. */
export interface Helper {
  end(): void;
}

/** Starts a script in a thread of its own; `data` is passed to its function `start`. */
export type Spawn = (script: string, data: unknown) => Helper;

/** The module that a pool runs, and on how many threads. */
export interface PoolOptions {
  readonly module: WebAssembly.Module;
  /** Shared, and the one that the caller's own instance has. */
  readonly memory: WebAssembly.Memory;
  /** The caller's own exported functions, each of one argument. */
  readonly functions: Readonly<Record<string, (table: number) => void>>;
  /** How many threads work at once, the caller's included. */
  readonly threads: number;
  readonly spawn?: Spawn;
}

/** Threads ready to work. */
export interface Pool {
  /**
   * Makes each call once, on whichever thread is free, and returns when all have returned.
   * @param tables the argument of each call, a list for each thread, as any of them may make it
   * @param working how many of the threads take part, the caller's included; those that have a list when left out
   * @throws Error when a call trapped
   */
  run(name: string, tables: readonly (readonly number[])[], working?: number): void;
  /** Ends the threads. */
  dispose(): void;
}

/** Words of the control block. */
const word = { generation: 0, remaining: 1, done: 2, failed: 3, name: 4, working: 5, tables: 6 } as const;
/** Most calls of one `run`. */
const maxCalls = 256;
/**
 * How long a thread spins before it sleeps, in milliseconds: longer than what is done between two runs, where a batch is
 * drawn, checked and written and the optimizer works, and three times as long as waking a thread takes in a virtual machine.
 */
const spinMs = 1;

/**
 * The loop of a helper. `remaining` counts down from the number of calls and is written last by the caller, so that a
 * helper that comes late either takes a call of the run that is on or none.
 */
const script = `
const start = ({ module, memory, control, names, thread }) => {
  const words = new Int32Array(control);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const call = names.map((name) => exports[name]);
  const own = ${word.tables} + thread * ${maxCalls} - 1;
  let seen = 0;
  for (;;) {
    while (thread < words[${word.working}] && words[${word.remaining}] > 0) {
      const left = Atomics.sub(words, ${word.remaining}, 1);
      if (left <= 0) break;
      try {
        call[Atomics.load(words, ${word.name})](Atomics.load(words, own + left));
      } catch {
        Atomics.store(words, ${word.failed}, 1);
      }
      Atomics.add(words, ${word.done}, 1);
      Atomics.notify(words, ${word.done});
    }
    const limit = thread < words[${word.working}] ? performance.now() + ${spinMs} : 0;
    while (Atomics.load(words, ${word.generation}) === seen) {
      for (let i = 0; i < 200 && Atomics.load(words, ${word.generation}) === seen; i++);
      if (performance.now() > limit) Atomics.wait(words, ${word.generation}, seen);
    }
    seen = Atomics.load(words, ${word.generation});
  }
};
`;

interface NodeThreads {
  readonly Worker: new (
    script: string,
    options: { eval: true; workerData: unknown },
  ) => { unref(): void; terminate(): Promise<number> };
}

/** Node's worker threads, found without an import that a page could not resolve. */
function nodeThreads(): NodeThreads | undefined {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return host.process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;
}

/** Starts a worker thread of Node, or a worker of the page. */
export const spawnWorker: Spawn = (source, data) => {
  const node = nodeThreads();
  if (node) {
    const begin = `${source}\nstart(require('node:worker_threads').workerData);`;
    const worker = new node.Worker(begin, { eval: true, workerData: data });
    worker.unref();
    return { end: () => void worker.terminate() };
  }
  const begin = `${source}\nonmessage = ({ data }) => start(data);`;
  const url = URL.createObjectURL(new Blob([begin], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.postMessage(data);
  return {
    end() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
};

/** Whether this place can start threads that share memory; a page must be cross-origin isolated. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  return (
    nodeThreads() !== undefined ||
    (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true
  );
}

/** Waits until all calls are done; a page's main thread may not sleep, it spins. */
function awaitAll(words: Int32Array, calls: number): void {
  const maySleep = nodeThreads() !== undefined;
  let limit = performance.now() + spinMs;
  for (;;) {
    for (let i = 0; i < 200; i++) if (Atomics.load(words, word.done) === calls) return;
    if (!maySleep || performance.now() < limit) continue;
    const done = Atomics.load(words, word.done);
    if (done !== calls) Atomics.wait(words, word.done, done, 1);
    limit = 0;
  }
}

/** Starts threads; they sleep until the first run. */
export function pool({ module, memory, functions, threads, spawn = spawnWorker }: PoolOptions): Pool {
  const control = new SharedArrayBuffer(4 * (word.tables + maxCalls * threads));
  const words = new Int32Array(control);
  const names = Object.keys(functions);
  const data = { module, memory, control, names };
  const helpers = Array.from({ length: threads - 1 }, (_, i) => spawn(script, { ...data, thread: i + 1 }));
  return {
    run(name, tables, working = tables.length) {
      const own = tables[0]!;
      const calls = own.length;
      if (calls > maxCalls) throw new Error(`internal: threads: expected at most ${maxCalls} calls`);
      const call = functions[name]!;
      Atomics.store(words, word.done, 0);
      Atomics.store(words, word.name, names.indexOf(name));
      tables.forEach((list, thread) => {
        words.set(list, word.tables + thread * maxCalls);
      });
      Atomics.store(words, word.working, working);
      Atomics.store(words, word.remaining, calls);
      Atomics.add(words, word.generation, 1);
      Atomics.notify(words, word.generation);
      for (;;) {
        const left = Atomics.sub(words, word.remaining, 1);
        if (left <= 0) break;
        try {
          call(own[left - 1]!);
        } catch {
          // Thrown once the others have finished what they are at.
          Atomics.store(words, word.failed, 1);
        }
        Atomics.add(words, word.done, 1);
      }
      awaitAll(words, calls);
      if (Atomics.exchange(words, word.failed, 0) === 1)
        throw new Error(`internal: threads: ${name} trapped`);
    },
    dispose() {
      for (const helper of helpers) helper.end();
    },
  };
}
