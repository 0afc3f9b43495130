/**
 * Where in a cell's own file something went wrong: tensor operations are called deep inside TensorFlow.js and the engines,
 * and only the line that the author wrote helps the author. Told as `my-cell.ts:12`, from the folder of the process; the
 * column is left out, because a file that is translated as it is loaded keeps its lines only.
 */

/** The folder of the sources, or of what was built of them. */
const root = plain(new URL('..', import.meta.url).href);
/** Parts of the library whose frames may lie between a cell and what it called. */
const passed = /^(core\/|jit\/frontend\/trace\.)/;
/** Parts that are cells themselves, or pieces that cells call. */
const cells = /^cells\/(?!model\.)/;

/** A path without its scheme. */
function plain(place: string): string {
  return place.replace(/^file:\/\//, '').replace(/\\/g, '/');
}

/**
 * The innermost line of a stack that its author may change: of a file outside the library, else of one of its own cells.
 * Frames are read up to the first of what called the cell.
 * @param stack as V8 writes it: `at name (place:line:column)`
 */
export function callSite(stack: string | undefined): string | undefined {
  let own: string | undefined;
  for (const line of stack?.split('\n') ?? []) {
    const found = /^\s+at (?:.*\()?([^()\s][^()]*:\d+):\d+\)?$/.exec(line)?.[1];
    if (found === undefined) continue;
    const place = plain(found);
    if (/^node:|^wasm:|^native/.test(place)) continue;
    if (!place.startsWith(root)) {
      if (/\/node_modules\//.test(place)) continue;
      return fromHere(place);
    }
    const inside = place.slice(root.length);
    if (cells.test(inside)) own ??= place;
    else if (!passed.test(inside)) break;
  }
  return own && fromHere(own);
}

/** Shorter where it lies under the folder of the process. */
function fromHere(place: string): string {
  const folder = `${globalThis.process?.cwd?.() ?? ''}/`;
  return place.startsWith(folder) && folder !== '/' ? place.slice(folder.length) : place;
}
