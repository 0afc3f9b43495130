import { describe, expect, it } from 'vitest';
import { type BackendName, backendOpeners, type Openers, openBackend } from '../../../src/core/backend.ts';
import { UnavailableError } from '../../../src/core/errors.ts';
import { loadNative } from '../../../src/core/native.ts';
import * as tf from '../../../src/core/tf.ts';
import { installNative, type Shape } from '../../support/fixtures/native/install.ts';

function openersWith(shape: Shape): Openers {
  const installed = installNative(shape);
  try {
    const status = loadNative(installed.require);
    return backendOpeners(() => status);
  } finally {
    installed.remove();
  }
}

const missing = (name: BackendName) => async () => ({
  name,
  available: false,
  reason: 'gone',
  detail: `no ${name}`,
  cure: 'do without',
});

describe('openBackend', () => {
  it.each(['cpu', 'wasm'] as const)('opens %s and computes on it', async (name) => {
    const open = await openBackend(name);
    expect(open).toMatchObject({ name, available: true, version: '4.22.0', passedOver: [] });
    expect(tf.getBackend()).toBe(name);
    const before = tf.memory().numTensors;
    expect(tf.tidy(() => Array.from(tf.add([1, 2], [3, 4]).dataSync()))).toEqual([4, 6]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says whether wasm runs its 128-bit kernels', async () => {
    expect((await openBackend('wasm')).simd).toBeTypeOf('boolean');
    expect((await openBackend('cpu')).simd).toBeUndefined();
  });

  it.each([
    'not-installed',
    'scripts-blocked',
    'cannot-load',
    'bad-config',
    'incomplete',
    'unknown',
  ] as const)('auto goes on to wasm after %s, and says so in one line', async (shape) => {
    const open = await openBackend('auto', openersWith(shape));
    expect(open.name).toBe('wasm');
    expect(open.passedOver).toHaveLength(1);
    expect(open.passedOver[0]).toMatch(new RegExp(`^backend tensorflow: expected .*, got ${shape} `));
    expect(open.passedOver[0]).not.toContain('\n');
  });

  it('never replaces an explicit choice', async () => {
    await openBackend('cpu');
    const opening = openBackend('tensorflow', openersWith('scripts-blocked'));
    await expect(opening).rejects.toThrow(UnavailableError);
    await expect(opening).rejects.toThrow(/scripts-blocked.*npm rebuild/);
    expect(tf.getBackend()).toBe('cpu');
  });

  it('reports a native package that loads and registers nothing', async () => {
    const opening = openBackend('tensorflow', openersWith('no-backend'));
    await expect(opening).rejects.toThrow(/cannot-start/);
  });

  it('tries tensorflow, wasm, cpu, in this order', async () => {
    const all: Openers = { tensorflow: missing('tensorflow'), wasm: missing('wasm'), cpu: missing('cpu') };
    const withCpu = await openBackend('auto', { ...all, cpu: backendOpeners().cpu });
    expect(withCpu.name).toBe('cpu');
    expect(withCpu.passedOver.map((line) => line.split(':')[0])).toEqual([
      'backend tensorflow',
      'backend wasm',
    ]);
    await expect(openBackend('auto', all)).rejects.toThrow(/no tensorflow.*no wasm.*no cpu/);
  });

  it('takes the native backend where it loads', async () => {
    const open = await openBackend('auto', openersWith('stand-in'));
    expect(open).toMatchObject({ name: 'tensorflow', version: '4.22.0-stand-in', passedOver: [] });
    expect(tf.getBackend()).toBe('tensorflow');
    const gradient = tf.tidy(() =>
      tf
        .grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([3]))
        .dataSync(),
    );
    expect(Array.from(gradient)).toEqual([6]);
    // Files of one worker share their modules: the next has no such backend.
    tf.removeBackend('tensorflow');
  });
});
