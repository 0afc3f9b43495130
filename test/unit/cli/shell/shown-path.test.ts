import { describe, expect, it } from 'vitest';
import { shownPath, shownText } from '../../../../src/cli/shell/shown-path.ts';

describe('paths as a person sees them', () => {
  it.each([
    ['/home/me/runs/a', 'runs/a'],
    ['/home/me', '/home/me'],
    ['/home/mean/runs', '/home/mean/runs'],
    ['/home', '/home'],
    ['/home/me/..a', '..a'],
    ['runs/a', 'runs/a'],
  ])('%s is told as %s from /home/me', (path, told) => {
    expect(shownPath(path, '/home/me')).toBe(told);
  });

  it.each([
    ['got none at /home/me/runs/a; see /home/me/b', 'got none at runs/a; see b'],
    ['/home/mean/x, /data/home/me/x and /home/me', '/home/mean/x, /data/home/me/x and /home/me'],
    ['nothing', 'nothing'],
  ])('in a line: %s', (line, told) => {
    expect(shownText(line, '/home/me')).toBe(told);
  });

  it('takes a folder with signs in its name as it is written', () => {
    expect(shownText('/a+(b)/c and /aab/c', '/a+(b)')).toBe('c and /aab/c');
    expect(shownText('/etc/x', '/')).toBe('/etc/x');
  });
});
