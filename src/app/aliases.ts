/** What other tools call our settings: an unknown flag or key of that name is answered with ours. */

/** By name without case, dashes and underscores: the paths of the settings that may be meant. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  lr: ['optimizer.rate'],
  learningrate: ['optimizer.rate'],
  batchsize: ['batchSize'],
  epochs: ['budget.sequences'],
  iterations: ['budget.steps'],
  maxsteps: ['budget.steps'],
  hidden: ['cell.controllerSize', 'cell.size'],
  hiddensize: ['cell.controllerSize', 'cell.size'],
  model: ['cell.name'],
  device: ['backend'],
  evalevery: ['evaluation.everySteps'],
  saveevery: ['checkpoint.everySteps'],
};

/** What we have nothing of, and why. */
const missing: Readonly<Record<string, string>> = {
  gpu: 'every engine computes on the processor, compiled is the fastest: see engram doctor',
};
const missingAlso: Readonly<Record<string, string>> = {
  gpus: 'gpu',
  cuda: 'gpu',
  usegpu: 'gpu',
  webgl: 'gpu',
};

/** Why there is nothing of that name, in one line, where it is known. */
export function missingHere(name: string): string | undefined {
  const plain = plainName(name);
  const key = Object.hasOwn(missingAlso, plain) ? missingAlso[plain]! : plain;
  return Object.hasOwn(missing, key) ? missing[key] : undefined;
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** The paths of the settings that a name stands for elsewhere; none for a name that is nobody's. */
export function settingsCalled(name: string): readonly string[] {
  const plain = plainName(name);
  return Object.hasOwn(aliases, plain) ? aliases[plain]! : [];
}
