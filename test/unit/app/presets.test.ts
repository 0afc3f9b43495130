/** What `engram cells` tells of a cell is what `engram train` takes. */
import { describe, expect, it } from 'vitest';
import { configure } from '../../../src/app/configure.ts';
import { listCell } from '../../../src/app/presets.ts';
import { registry } from '../../../src/registry.ts';
import { presets } from '../../../src/train/recipes.ts';

describe('listCell', () => {
  it.each(
    Object.keys(registry.tasks).flatMap((task) =>
      Object.keys(registry.cells).map((cell) => [task, cell] as const),
    ),
  )('tells on %s of %s what train takes, at each preset and without one', async (task, cell) => {
    const { settings } = await listCell(cell, task);
    const taken = (more: { preset?: string }) =>
      configure({ typed: { task: { name: task }, cell: { name: cell }, ...more } }).config.cell;
    for (const line of settings) {
      expect(line.default).toEqual(taken({})[line.name]);
      for (const preset of presets) expect(line.presets[preset]).toEqual(taken({ preset })[line.name]);
    }
  });

  it('counts the parameters of an LSTM: kernels, biases, start and readout', async () => {
    const { parameters } = await listCell('lstm', 'copy');
    // Input 9, output 8; each layer has 4 H (I + H) weights, 4 H biases and a start of 2 H; the readout 8 H + 8.
    const layer = (input: number, size: number) => 4 * size * (input + size) + 4 * size + 2 * size;
    expect(parameters.standard).toBe(layer(9, 120) + 8 * 120 + 8);
    expect(parameters.paper).toBe(layer(9, 256) + 2 * layer(256, 256) + 8 * 256 + 8);
  });

  it('refuses names that are not known', async () => {
    await expect(listCell('lstn', 'copy')).rejects.toThrow('did you mean lstm?');
    await expect(listCell('lstm', 'kopy')).rejects.toThrow('did you mean copy?');
  });
});
