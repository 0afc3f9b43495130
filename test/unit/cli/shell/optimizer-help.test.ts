import { expect, it } from 'vitest';
import { settingGroups } from '../../../../src/cli/shell/training-flags.ts';
import { optimizerSchema } from '../../../../src/train/config.ts';

it('the help of train has every setting of every optimizer', () => {
  const settings = new Set(optimizerSchema.options.flatMap(({ shape }) => Object.keys(shape)));
  settings.delete('name');
  expect(settings.size).toBeGreaterThan(10);
  for (const name of settings) expect(settingGroups.optimizer).toMatch(new RegExp(`\\b${name}\\b`));
});
