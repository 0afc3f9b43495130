/** PNG: the right size, letters drawn by the font that comes with us, and one clear line without the package. */
import { inflateSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { png } from '../../../src/report/index.ts';

const svg = (body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" font-family="'DejaVu Sans', sans-serif">${body}</svg>`;

afterEach(() => {
  vi.doUnmock('@resvg/resvg-js');
  vi.resetModules();
});

describe('png', () => {
  it('is a PNG twice as large as the SVG, or as asked', async () => {
    const image = await png(svg(''));
    expect([...image.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
    expect(sizeOf(image)).toEqual([80, 40]);
    expect(sizeOf(await png(svg(''), 3))).toEqual([120, 60]);
  });

  it('draws letters on a machine that has no font, bold ones in their own', async () => {
    const word = (attributes: string) =>
      png(svg(`<text x="2" y="15" font-size="14" ${attributes}>slot</text>`));
    const plain = await word('');
    expect(inked(plain)).toBeGreaterThan(inked(await png(svg(''))) + 100);
    expect(await word('font-weight="bold"')).not.toEqual(plain);
  });

  it('says what to install when the package is not there', async () => {
    vi.doMock('@resvg/resvg-js', () => {
      throw new Error('Cannot find package');
    });
    const fresh = await import('../../../src/report/png.ts');
    await expect(fresh.png(svg(''))).rejects.toMatchObject({
      name: 'UnavailableError',
      exitCode: 5,
      message: expect.stringMatching(
        /^png: expected the optional package @resvg\/resvg-js, got .*npm install/,
      ),
    });
  });
});

function sizeOf(image: Uint8Array): [number, number] {
  const view = new DataView(image.buffer, image.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

/** How many bytes of the unpacked rows are not zero: for a transparent image, at most the filter's byte of each row. */
function inked(image: Uint8Array): number {
  const parts: Uint8Array[] = [];
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  for (let at = 8; at < image.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...image.subarray(at + 4, at + 8));
    if (type === 'IDAT') parts.push(image.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return inflateSync(Buffer.concat(parts)).filter((byte) => byte !== 0).length;
}
