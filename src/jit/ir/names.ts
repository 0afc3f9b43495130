/** The names of values in graphs, programs and at ports: made here, and nowhere taken apart. */
export const names = {
  /** A parameter by its path in the model's tree. */
  param: (path: string): string => `params.${path}`,
  /** A part of the state as a step finds it. */
  state: (path: string): string => `state.${path}`,
  /** A part of the state as a step leaves it. */
  next: (path: string): string => `next.${path}`,
  /** A probe: a cell shows it of a step. */
  probe: (path: string): string => `probe.${path}`,
  /** The loss's gradient with respect to a value. */
  gradient: (name: string): string => `d.${name}`,
  /** Whether a value is known on the way back only. */
  isGradient: (name: string): boolean => name.startsWith('d.'),
  /** A part of what the optimizer remembers. */
  optimizerState: (path: string): string => `optimizer.${path}`,
  /** The new value that the optimizer writes beside an old one. */
  updated: (name: string): string => `next.${name}`,
} as const;
