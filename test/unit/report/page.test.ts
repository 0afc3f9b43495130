/** The page: one file, no script, no request, keyboard and screen reader welcome. */
import { describe, expect, it } from 'vitest';
import { page } from '../../../src/report/index.ts';
import { copyMachine, copyReport } from './examples.ts';

const html = page({ ...copyReport(), sequences: [copyMachine(4), copyMachine(6)] });

describe('page', () => {
  it('holds everything and asks for nothing', () => {
    const withoutNamespace = html.replaceAll('xmlns="http://www.w3.org/2000/svg"', '');
    expect(withoutNamespace).not.toMatch(/https?:|<script|<link|<img|src=|@import|url\(/);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html.match(/<svg /g)).toHaveLength(12);
  });

  it('uses every id once, and every link has its target', () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((m) => m[1]!);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...html.matchAll(/href="#([^"]+)"/g)].map((m) => m[1]!);
    expect(targets).toHaveLength(12);
    for (const target of targets) expect(ids).toContain(target);
  });

  it('can be read by keyboard and by ear', () => {
    expect(html).toContain('<html lang="en">');
    expect(html.match(/<main>/g)).toHaveLength(1);
    expect(html.match(/<h1>/g)).toHaveLength(1);
    const regions = [...html.matchAll(/role="region" tabindex="0" aria-label="([^"]+)"/g)].map((m) => m[1]);
    expect(new Set(regions).size).toBe(12);
  });

  it('restyles every color of its pictures for the dark', () => {
    const dark = html.slice(html.indexOf('prefers-color-scheme:dark'), html.indexOf('</style>'));
    const used = new Set([...html.matchAll(/ class="([a-z]+[0-9]*)(?:-line)?[" ]/g)].map((m) => m[1]!));
    for (const name of ['scroll', 'subtitle']) used.delete(name);
    expect(used.size).toBeGreaterThan(30);
    for (const name of used) expect(dark).toContain(`.${name}{fill:#`);
  });

  it('tells the facts of the run', () => {
    expect(html).toContain('<dt>seed</dt><dd>1</dd>');
  });

  it('says so when there is nothing to draw', () => {
    const empty = page({ title: '', subtitle: '', sequences: [] });
    expect(empty).toContain('There is nothing to draw yet.');
    expect(empty).toContain('<title>Report</title>');
  });
});
