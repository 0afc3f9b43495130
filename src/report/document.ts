/** A panel with a heading becomes a standalone SVG document, with a title and a description for those who listen. */
import { element, escapeText, type Figure, filled, number, type Panel, shift, text } from './svg.ts';

const MARGIN = 20;
/** Pixels of a letter of the title and of the subtitle, on average and rather too many. */
const BOLD_LETTER = 9.8;
const LETTER = 6.8;

/** What a figure says about itself. */
export interface Heading {
  /** Fit for a file name. */
  readonly name: string;
  readonly title: string;
  readonly subtitle?: string;
  readonly description: string;
}

/** The finished picture of a panel. */
export function figure(heading: Heading, panel: Panel): Figure {
  const { name, title, subtitle = '', description } = heading;
  const top = MARGIN + (subtitle === '' ? 26 : 44);
  const width = Math.ceil(
    Math.max(panel.width, BOLD_LETTER * title.length, LETTER * subtitle.length) + 2 * MARGIN,
  );
  const height = Math.ceil(top + panel.height + MARGIN);
  const body = [
    element('title', { id: `${name}-title` }, escapeText(title)),
    element('desc', { id: `${name}-description` }, escapeText(description)),
    element('rect', { width, height, ...filled('paper') }),
    text(title, { x: MARGIN, y: MARGIN + 12, size: 15, bold: true }),
    subtitle === '' ? '' : text(subtitle, { x: MARGIN, y: MARGIN + 30, size: 11, color: 'soft' }),
    shift(panel.body, MARGIN, top),
  ];
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${number(width)} ${number(height)}`,
      role: 'img',
      'aria-labelledby': `${name}-title ${name}-description`,
      'font-family': "'DejaVu Sans', sans-serif",
    },
    `\n${body.filter((part) => part !== '').join('\n')}\n`,
  );
  return { name, title, description, svg: `${svg}\n` };
}
