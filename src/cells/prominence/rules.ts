/**
 * Prominence: how much a slot stands out for having been used, and what heads make of it. One interface, four rules:
 * none; lru (Santoro et al. 2016); dnc (Graves et al. 2016); recall (ours). Usage belongs to the cell's state.
 */
import { dnc } from './dnc.ts';
import { lru } from './lru.ts';
import { recall } from './recall.ts';
import type { ProminenceRule } from './rule.ts';

/** The rules that `prominenceRules` knows. */
export type ProminenceName = 'none' | 'lru' | 'dnc' | 'recall';

/** Slots are found by content and place alone. */
const none: ProminenceRule<Record<string, never>, Record<string, never>> = {
  equivariant: true,
  readGates: [],
  writeGates: [],
  init: () => ({}),
  start: () => ({}),
  release: (usage) => usage,
  score: () => undefined,
  place: (_params, _usage, { addressed }) => ({ pointed: addressed, written: addressed }),
  update: (_params, usage) => usage,
};

/** Every rule by name. */
export const prominenceRules: Readonly<Record<ProminenceName, ProminenceRule>> = { none, lru, dnc, recall };
