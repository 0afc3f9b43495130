import util from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { loadNative, nativeFailure } from '../../../src/core/native.ts';
import * as tf from '../../../src/core/tf.ts';
import { installNative, type Shape } from '../../support/fixtures/native/install.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function load(shape: Shape) {
  const installed = installNative(shape);
  cleanups.push(installed.remove);
  return loadNative(installed.require);
}

describe('loadNative', () => {
  // The exceptions are Node's own: the fixtures are real packages in a real node_modules.
  it.each([
    [
      'not-installed',
      /^Cannot find module '@tensorflow\/tfjs-node'/,
      /npm install @tensorflow\/tfjs-node@4\.22\.0/,
    ],
    [
      'incomplete',
      /^Cannot find module '@mapbox\/a-package-that-is-missing'/,
      /remove the folder .*npm install/,
    ],
    [
      'scripts-blocked',
      /\(tfjs_binding\.node\) can not be found/,
      /npm rebuild @tensorflow\/tfjs-node --ignore-scripts=false/,
    ],
    ['cannot-load', /tfjs_binding\.node/, /npm rebuild @tensorflow\/tfjs-node --build-from-source/],
    ['bad-config', /'host' protocol/, /remove the folder .*npm install/],
    ['unknown', /^the moon is in the wrong phase$/, /wasm backend/],
  ] as const)('tells %s apart, with its cure', (shape, detail, cure) => {
    const status = load(shape);
    expect(status).toMatchObject({ available: false, reason: shape });
    if (status.available) throw new Error('unreachable');
    expect(status.detail).toMatch(detail);
    expect(status.detail).not.toContain('\n');
    expect(status.cure).toMatch(cure);
  });

  it('gives the package the function that Node 23 removed', () => {
    const own = util as unknown as Record<string, unknown>;
    const original = own.isNullOrUndefined;
    own.isNullOrUndefined = undefined;
    cleanups.push(() => {
      own.isNullOrUndefined = original;
    });
    // Files of one worker share their modules: the next has no such backend.
    cleanups.push(() => tf.removeBackend('tensorflow'));
    expect(load('stand-in')).toEqual({
      available: true,
      version: '4.22.0-stand-in',
      libtensorflow: '2.9.1-stand-in',
    });
    const check = own.isNullOrUndefined as (value: unknown) => boolean;
    expect([null, undefined, 0, '', false].map(check)).toEqual([true, true, false, false, false]);
  });

  it('has TensorFlow keep its advice to itself, unless somebody wants it', () => {
    const before = process.env.TF_CPP_MIN_LOG_LEVEL;
    cleanups.push(() => {
      if (before === undefined) delete process.env.TF_CPP_MIN_LOG_LEVEL;
      else process.env.TF_CPP_MIN_LOG_LEVEL = before;
    });
    const levelWhileLoading = () => {
      let level: string | undefined;
      loadNative(() => {
        level = process.env.TF_CPP_MIN_LOG_LEVEL;
        return {};
      });
      return level;
    };
    delete process.env.TF_CPP_MIN_LOG_LEVEL;
    expect(levelWhileLoading()).toBe('1');
    process.env.TF_CPP_MIN_LOG_LEVEL = '0';
    expect(levelWhileLoading()).toBe('0');
  });

  it('takes a thrown value that is no Error', () => {
    const status = loadNative(() => {
      throw 'a string';
    });
    expect(status).toMatchObject({ reason: 'unknown', detail: 'a string' });
  });
});

describe('nativeFailure', () => {
  it.each([
    ['illegal-instruction', /AVX.*wasm backend/],
    ['cut-short', /shorter than it should be.*remove the folder .*npm install/],
    ['crashed', /do not belong together.*--build-from-source.*wasm backend/],
    ['timed-out', /wasm backend/],
  ] as const)('knows what can only be seen from another process: %s', (reason, cure) => {
    expect(nativeFailure(reason, 'x')).toMatchObject({ available: false, reason, detail: 'x' });
    expect(nativeFailure(reason, 'x')).toMatchObject({ cure: expect.stringMatching(cure) });
  });
});
