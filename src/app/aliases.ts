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

/** The paths of the settings that a name stands for elsewhere; none for a name that is nobody's. */
export function settingsCalled(name: string): readonly string[] {
  const plain = name.toLowerCase().replaceAll(/[-_]/g, '');
  return Object.hasOwn(aliases, plain) ? aliases[plain]! : [];
}
