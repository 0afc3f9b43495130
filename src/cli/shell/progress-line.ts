/** One line of progress, as wide as there is room for: what matters less is left out first, and a bar fills the rest. */

/** Something to say. */
export interface Part {
  readonly text: string;
  /** What is left out first when there is no room: the highest. */
  readonly rank: number;
}

/** The widest a bar gets, and the narrowest that still says something; brackets and percents included. */
const WIDEST_BAR = 32;
const NARROWEST_BAR = 12;
const PERCENT = ' 100 %'.length;

/**
 * The parts that fit, in their order; nothing is cut in the middle but a single part that is too wide by itself.
 * @param width in letters; a line is never wider
 */
export function fitParts(parts: readonly Part[], width: number): string {
  const said = parts.filter(({ text }) => text !== '');
  const kept = [...said];
  const line = () => kept.map(({ text }) => text).join(', ');
  while (kept.length > 1 && line().length > width) {
    const worst = Math.max(...kept.map(({ rank }) => rank));
    kept.splice(
      kept.findLastIndex(({ rank }) => rank === worst),
      1,
    );
  }
  return line().slice(0, Math.max(0, width));
}

/** `[=====>    ]  42 %` of exactly so many letters, for a share from 0 to 1. */
export function bar(share: number, width: number): string {
  const inside = width - 2 - PERCENT;
  const done = Math.round(inside * share);
  const drawn = done === 0 ? '' : `${'='.repeat(done - 1)}${share < 1 ? '>' : '='}`;
  return `[${drawn.padEnd(inside)}]${`${Math.floor(100 * share)} %`.padStart(PERCENT)}`;
}

/**
 * The live line: a bar where there is a share and room, and the parts that fit beside it.
 * @param share of the budget that is spent, from 0 to 1; nothing where there is no limit
 */
export function liveLine(parts: readonly Part[], share: number | undefined, width: number): string {
  if (share === undefined) return fitParts(parts, width);
  const room = width - NARROWEST_BAR - 2;
  // Too narrow for a bar: the share in percent is one of the parts.
  if (room < (parts[0]?.text.length ?? 0))
    return fitParts([{ text: `${Math.floor(100 * share)} %`, rank: 0 }, ...parts], width);
  const rest = fitParts(parts, room);
  return `${bar(share, Math.min(WIDEST_BAR, width - rest.length - 2))}  ${rest}`;
}
