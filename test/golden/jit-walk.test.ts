/** The page that walks a cell from trace to bytes shows what the compiler really prints; `vitest -u` renews it. */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import type { Model } from '../../src/index.ts';
import { schedule, sgd } from '../../src/index.ts';
import { compile, type PassRecord, printProgram, wat } from '../../src/jit/index.ts';
import { table } from '../../src/report/table.ts';

beforeAll(() => tf.setBackend('cpu'));

const page = new URL('../../src/jit/README.md', import.meta.url).pathname;

// <cell>
type Params = { kernel: tf.Tensor2D; decay: tf.Tensor1D };
type State = { h: tf.Tensor2D };

const fading: Model<Params, State> = {
  name: 'fading',
  inputSize: 3,
  outputSize: 4,
  readoutSize: 4,
  init: () => ({ kernel: tf.ones([3, 4]), decay: tf.fill([4], 0.9) }),
  initialState: (_, batchSize) => ({ h: tf.zeros([batchSize, 4]) }),
  step({ kernel, decay }, { h }, input) {
    const next: tf.Tensor2D = tf.relu(tf.add(tf.matMul(input, kernel), tf.mul(h, decay)));
    return { output: next, state: { h: next } };
  },
  readout: (_, outputs) => tf.mul(outputs, 1),
};
// </cell>

/** What the page's blocks must hold, by name. */
async function blocks(): Promise<Record<string, string>> {
  const source = await readFile(new URL(import.meta.url), 'utf8');
  const squares = (logits: tf.Tensor2D) => tf.sum(tf.square(logits), 1) as tf.Tensor1D;
  const params = fading.init(undefined as never);
  const optimizer = sgd(schedule({ rate: 0.1 }));
  const records: PassRecord[] = [];
  const onPass = (record: PassRecord) => {
    if (record.graph === 'step') records.push(record);
  };
  const compiled = compile(fading as unknown as Model, squares, {
    params,
    optimizer,
    relaxed: false,
    onPass,
  });
  const after = (name: string) => records.find(({ pass }) => pass === name)!.text();
  const { program, bytes } = compiled.training;
  const functions = wat(bytes).split(/\n {2}(?=\()/);
  compiled.dispose();
  const counts = records.map(({ pass, nodesBefore, nodesAfter }) => [
    pass,
    `${nodesBefore}`,
    `${nodesAfter}`,
  ]);
  return {
    cell: source.split('// <cell>\n')[1]!.split('\n// </cell>')[0]!,
    passes: table([['pass', 'before', 'after'], ...counts], [1, 2]),
    kernels: after('trace'),
    traced: after('import'),
    single: after('remove-batch-axis'),
    simplified: after('simplify'),
    program: printProgram(program, ['forward', 'backward', 'weights']),
    bytes: shortened(functions.find((text) => /^\(func \$forward\S*\.chunk0 /.test(text))!),
  };
}

/** A function with its addresses left out after the first. */
function shortened(text: string): string {
  const lines = text.replaceAll('\n    ', '\n  ').split('\n');
  const isSet = (line: string) => line.includes('local.set');
  const first = lines.findIndex(isSet);
  const load = lines.findIndex((line) => line.includes('v128.load'));
  const last = lines.slice(0, load).findLastIndex(isSet);
  const left = lines.slice(first + 1, last + 1).filter(isSet).length;
  return [...lines.slice(0, first + 1), `  ;; ... ${left} more addresses`, ...lines.slice(last + 1)].join(
    '\n',
  );
}

it('the page shows what the compiler prints', async () => {
  const shown = await blocks();
  const text = await readFile(page, 'utf8');
  for (const name of Object.keys(shown)) expect(text).toContain(`<!-- ${name} -->`);
  const renewed = text.replace(/<!-- (\w+) -->\n```(\w*)\n[\s\S]*?\n```/g, (block, name, language) =>
    name in shown ? `<!-- ${name} -->\n\`\`\`${language}\n${shown[name]}\n\`\`\`` : block,
  );
  await expect(renewed).toMatchFileSnapshot(page);
});
