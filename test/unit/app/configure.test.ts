import { describe, expect, it } from 'vitest';
import { configure } from '../../../src/app/configure.ts';

describe('configure', () => {
  it("merges a task that is named with a file's settings of the same task", () => {
    const file = { task: { name: 'copy', maxLength: 5 } };
    const { config } = configure({ file, typed: { task: { name: 'copy', width: 3 } } });
    expect(config.task).toMatchObject({ name: 'copy', maxLength: 5, width: 3 });
  });

  it('gives a cell its own recipe where the file has another one', () => {
    const file = { task: { name: 'copy' }, cell: { name: 'ntm', slots: 7 }, preset: 'tiny' };
    const own = configure({ typed: { task: { name: 'copy' }, cell: { name: 'lstm' }, preset: 'tiny' } });
    const { config } = configure({ file, typed: { cell: { name: 'lstm' } } });
    expect(config.cell).toEqual(own.config.cell);
    expect(config).toEqual(own.config);
  });
});
