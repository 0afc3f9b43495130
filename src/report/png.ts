/**
 * A picture as PNG, by the optional package @resvg/resvg-js and a font that comes with us: a machine without any
 * font draws the same pixels as all others.
 */
import { UnavailableError } from '../core/errors.ts';

/** Pixels of the PNG for one of the SVG. */
const SCALE = 2;

/**
 * The picture as the bytes of a PNG, twice as large as the SVG says unless told otherwise.
 * @throws UnavailableError when @resvg/resvg-js is not installed or cannot be loaded on this machine
 */
export async function png(svg: string, scale = SCALE): Promise<Uint8Array> {
  const { Resvg } = await loadResvg();
  const font = new URL(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'));
  const bold = new URL(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'));
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: {
      loadSystemFonts: false,
      fontFiles: [pathOf(font), pathOf(bold)],
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
    },
  });
  return image.render().asPng();
}

async function loadResvg(): Promise<typeof import('@resvg/resvg-js')> {
  try {
    return await import('@resvg/resvg-js');
  } catch (cause) {
    throw new UnavailableError(
      'png: expected the optional package @resvg/resvg-js, got none that loads here; ' +
        'npm install @resvg/resvg-js, or use the SVG files',
      { cause },
    );
  }
}

/** The path of a file address; on Windows without the slash before the drive. */
function pathOf(address: URL): string {
  return decodeURIComponent(address.pathname).replace(/^\/(?=[A-Za-z]:)/, '');
}
