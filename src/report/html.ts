/**
 * The frame of an HTML page: self-contained, no script, no request, readable by keyboard and by ear. Colors follow the
 * reader's light or dark setting; the pictures' own classes are restyled for the dark.
 */
import { colors } from './palette.ts';
import { escapeText } from './svg.ts';

/**
 * A whole page.
 * @param body what stands in it, escaped already
 * @param layout style sheet of its own
 */
export function htmlDocument(title: string, body: string, layout = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeText(title) || 'Report'}</title>
<style>${style(body)}${layout}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

const LAYOUT = `
:root{--paper:${colors.paper!.light};--ink:${colors.ink!.light};--soft:${colors.soft!.light};--rule:${colors.rule!.light};--link:#0b5fa5}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 'DejaVu Sans',system-ui,sans-serif}
main{max-width:1240px;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .25rem;overflow-wrap:anywhere}
.subtitle{margin:0;color:var(--soft);overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:minmax(4rem,max-content) 1fr;gap:.15rem 1rem;font-size:.9rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}
a{color:var(--link)}
section{border-top:1px solid var(--rule);padding:1rem 0}
figure{margin:0}
.scroll{overflow-x:auto}
.scroll svg{display:block;max-width:max(100%,640px);height:auto}
table{border-collapse:collapse;font-size:.9rem;margin:.5rem 0}
th,td{text-align:left;padding:.15rem 1.25rem .15rem 0;border-bottom:1px solid var(--rule);font-variant-numeric:tabular-nums;white-space:nowrap}
th[scope=row]{color:var(--soft);font-weight:normal}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
figcaption{color:var(--soft);font-size:.9rem}
@media (max-width:600px){main{padding:.75rem}}
@media print{section{break-inside:avoid}}`;

/** The page's own layout, and the dark shades of the colors that the pictures use. */
function style(body: string): string {
  const used = new Set([...body.matchAll(/ class="([a-z0-9]+)/g)].map((m) => m[1]!));
  const dark = Object.entries(colors)
    .filter(([name]) => used.has(name))
    .map(([name, shades]) => `.${name}{fill:${shades.dark}}.${name}-line{stroke:${shades.dark}}`);
  const roots = `:root{--paper:${colors.paper!.dark};--ink:${colors.ink!.dark};--soft:${colors.soft!.dark};--rule:${colors.rule!.dark};--link:#7cc0ff}.rim{stroke:${colors.paper!.dark}}`;
  return `${LAYOUT}\n@media (prefers-color-scheme:dark){${roots}${dark.join('')}}\n`;
}
