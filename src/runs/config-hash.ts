/** What ties checkpoints to the configuration they were made with. */
import type { Config } from '../train/config.ts';
import { canonicalJson, sha256 } from './sha256.ts';

/**
 * What of a configuration decides what training comes to: all but what computes it. Of code that is not ours the contents
 * count, not where it lies or what the files are called.
 */
export function deciding({
  engine: _e,
  backend: _b,
  threads: _t,
  relaxedSimd: _r,
  source,
  ...decides
}: Config) {
  return { ...decides, ...(source && { code: Object.values(source.files).sort() }) };
}

/**
 * SHA-256 of what decides a run's numbers: everything that decides what it comes to but the budget, and how often it is
 * saved. A checkpoint goes on only under the configuration it was made with.
 */
export function configHash(config: Config): string {
  const { budget: _b, checkpoint: _c, ...numbers } = deciding(config);
  return sha256(canonicalJson(numbers));
}

/** The hashes that a run's checkpoints may have: that of its configuration, and those of the code that it had before. */
export function configHashes(config: Config): string[] {
  const { source } = config;
  const before = source?.before?.map((files) => configHash({ ...config, source: { ...source, files } }));
  return [configHash(config), ...(before ?? [])];
}
