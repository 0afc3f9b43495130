/**
 * SVG as text: elements, escaped words, numbers cut to two decimals, and panels that are set beside or under
 * each other. A panel is drawn with its top left corner at 0,0 and says how large it is; nothing is measured
 * afterwards. Every color is an attribute (it shows anywhere) and a class (a page may restyle it for the dark).
 */
import { type Color, colors } from './palette.ts';

/** A piece of a picture. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  readonly body: string;
}

/** A finished picture: `svg` is a whole document. */
export interface Figure {
  /** Fit for a file name. */
  readonly name: string;
  readonly title: string;
  /** What is to be seen, for whoever cannot see it. */
  readonly description: string;
  readonly svg: string;
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** `<name a="1">children</name>`; attributes that are undefined are left out, all others escaped. */
export function element(name: string, attributes: Attributes, children = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => ` ${key}="${typeof value === 'number' ? number(value) : escapeText(String(value))}"`,
    )
    .join('');
  return children === '' ? `<${name}${written}/>` : `<${name}${written}>${children}</${name}>`;
}

/** A number with at most two decimals; anything not finite becomes 0, so that no document is ever invalid. */
export function number(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100 + 0) : '0';
}

/** Text fit for XML and HTML: marked characters escaped, characters that XML forbids replaced. */
export function escapeText(words: string): string {
  return (
    words
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids them, and halves of pairs.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
  );
}

/** How words are set. */
export interface TextStyle {
  readonly x: number;
  readonly y: number;
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly color?: Color;
  readonly bold?: boolean;
  /** Reads upward, turned about its own place. */
  readonly upward?: boolean;
  /** With a rim of paper, to be read over lines. */
  readonly rim?: boolean;
}

/** Words at a place; `y` is their baseline. */
export function text(words: string, style: TextStyle): string {
  const {
    x,
    y,
    size = 10,
    anchor = 'start',
    color = 'ink',
    bold = false,
    upward = false,
    rim = false,
  } = style;
  return element(
    'text',
    {
      x,
      y,
      'font-size': size,
      'text-anchor': anchor === 'start' ? undefined : anchor,
      'font-weight': bold ? 'bold' : undefined,
      transform: upward ? `rotate(-90 ${number(x)} ${number(y)})` : undefined,
      ...(rim ? { stroke: colors.paper!.light, 'stroke-width': 3, 'paint-order': 'stroke' } : {}),
      ...filled(rim ? `${color} rim` : color, color),
    },
    escapeText(words),
  );
}

/** The attributes that fill with a color of the palette. */
export function filled(classes: string, color: Color = classes): Attributes {
  return { class: classes, fill: colors[color]!.light };
}

/** The attributes that draw a line in a color of the palette. */
export function stroked(color: Color, width = 1, dashes?: string): Attributes {
  return {
    class: `${color}-line`,
    fill: 'none',
    stroke: colors[color]!.light,
    'stroke-width': width,
    'stroke-dasharray': dashes,
  };
}

/** A straight line. */
export function rule(
  from: readonly [number, number],
  to: readonly [number, number],
  style: Attributes,
): string {
  return element('path', { d: `M${from.map(number).join(' ')}L${to.map(number).join(' ')}`, ...style });
}

/** `body` moved by x and y. */
export function shift(body: string, x: number, y: number): string {
  return element('g', { transform: `translate(${number(x)} ${number(y)})` }, body);
}

/** Panels under each other. */
export function stack(panels: readonly Panel[], gap: number): Panel {
  let top = 0;
  const bodies = panels.map((panel) => {
    const body = shift(panel.body, 0, top);
    top += panel.height + gap;
    return body;
  });
  return {
    width: Math.max(0, ...panels.map((panel) => panel.width)),
    height: Math.max(0, top - gap),
    body: bodies.join('\n'),
  };
}

/** Panels side by side, their tops level. */
export function beside(panels: readonly Panel[], gap: number): Panel {
  let left = 0;
  const bodies = panels.map((panel) => {
    const body = shift(panel.body, left, 0);
    left += panel.width + gap;
    return body;
  });
  return {
    width: Math.max(0, left - gap),
    height: Math.max(0, ...panels.map((panel) => panel.height)),
    body: bodies.join('\n'),
  };
}
