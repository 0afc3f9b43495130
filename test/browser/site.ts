/** The page bundled, and served on this machine alone; with the headers that let a page share memory, or without. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { build } from 'vite';

/** A served page. */
export interface Site {
  /** `isolated` pages may share memory between threads. */
  url(page: 'isolated' | 'plain'): string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Bundles the page into a folder of its own and serves it until closed. */
export async function openSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'engram-page-'));
  const root = new URL('.', import.meta.url).pathname;
  const bundle = { outDir: folder, emptyOutDir: true, chunkSizeWarningLimit: 10_000 };
  await build({ root, base: './', configFile: false, logLevel: 'error', build: bundle });
  const server = createServer(async (request, response) => {
    const [, kind, ...rest] = new URL(request.url ?? '/', 'http://localhost').pathname.split('/');
    const path = normalize(join(folder, rest.join('/') || 'index.html'));
    try {
      if (!path.startsWith(folder)) throw new Error('outside');
      const body = await readFile(path);
      const type = types[extname(path)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, ...(kind === 'isolated' ? isolation : {}) }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: (page) => `http://127.0.0.1:${port}/${page}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true });
    },
  };
}
