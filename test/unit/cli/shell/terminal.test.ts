import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { duration, figure, scoreText } from '../../../../src/cli/shell/progress.ts';
import { openTerminal } from '../../../../src/cli/shell/terminal.ts';
import { table } from '../../../../src/report/table.ts';

function stream(isTTY: boolean, columns: number | undefined = 20) {
  const written: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  return {
    written,
    stream: Object.assign(sink, { isTTY, columns, fd: 2 }) as unknown as NodeJS.WriteStream,
  };
}

function terminal({ tty = false, env = {} }: { tty?: boolean; env?: NodeJS.ProcessEnv } = {}) {
  const out = stream(tty);
  const err = stream(tty);
  const opened = openTerminal({ stdout: out.stream, stderr: err.stream, env });
  return { opened, out: out.written, err: err.written, stderr: err.stream, stdout: out.stream };
}

describe('terminal', () => {
  it('writes results on stdout and notes on stderr', () => {
    const { opened, out, err } = terminal();
    opened.result('a result');
    opened.note('a note');
    expect([out, err]).toEqual([['a result\n'], ['a note\n']]);
  });

  it("prints no sign that a screen would obey: names may be a stranger's", () => {
    const { opened, out, err } = terminal();
    opened.result('a\u001b]0;title\u0007b\u001b[2Jc\tkept\nkept \u001b[1mbold\u001b[0m');
    opened.note('x\rhidden\u009b\nmore\u2028');
    expect(out).toEqual(['a\\x1b]0;title\\x07b\\x1b[2Jc\tkept\nkept \u001b[1mbold\u001b[0m\n']);
    expect(err).toEqual(['x\\x0dhidden\\x9b\\x0amore\\x2028\n']);
  });

  it('draws one line over and over on a screen, cut to its width, and clears it for lines that stay', () => {
    const { opened, err } = terminal({ tty: true });
    opened.status('a line that is longer than the screen');
    opened.status('short');
    opened.note('stays');
    expect(err).toEqual(['a line that is long', '\r\u001b[2K', 'short', '\r\u001b[2K', 'stays\n']);
  });

  it.each([
    [true, 20, undefined, 20],
    [true, 20, '90', 20],
    [true, 0, '90', 90],
    [true, 0, undefined, 80],
    [true, undefined, 'wide', 80],
    [false, undefined, '50', 50],
    [false, undefined, undefined, undefined],
    [false, undefined, '-3', undefined],
  ])('on a screen or not (%s) of width %s, with COLUMNS %s, is %s wide', (tty, columns, told, width) => {
    const { stream: stderr } = stream(tty, columns as number);
    const stdout = Object.assign(stderr, { columns });
    const { width: found } = openTerminal({ stdout, stderr: stdout, env: told ? { COLUMNS: told } : {} });
    expect(found).toBe(width);
  });

  it.each([{ tty: false }, { tty: true, env: { TERM: 'dumb' } }, { tty: true, env: { CI: 'true' } }])(
    'has no live line with %j',
    (kind) => {
      const { opened, err } = terminal(kind);
      opened.status('x');
      expect(opened.live).toBe(false);
      expect(err).toEqual([]);
    },
  );

  it('colors only a screen that wants it', () => {
    expect(terminal({ tty: true }).opened.style('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(terminal({ env: { FORCE_COLOR: '1' } }).opened.style('red', 'x')).toContain('[31m');
    for (const kind of [
      {},
      { env: { FORCE_COLOR: '0' } },
      { tty: true, env: { NO_COLOR: '1' } },
      { tty: true, env: { TERM: 'dumb' } },
    ])
      expect(terminal(kind).opened.style('red', 'x')).toBe('x');
  });

  it('is quiet when the reader has gone, and not when the disk is full', () => {
    const { stdout, stderr, err } = terminal();
    stdout.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    stderr.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    expect(err).toEqual([]);
    const code = process.exitCode;
    stdout.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }));
    expect([process.exitCode, err]).toEqual([1, [expect.stringMatching(/ENOSPC.*\n$/)]]);
    process.exitCode = code;
  });
});

describe('words for numbers', () => {
  it.each([
    [0.4, '0s'],
    [59, '59s'],
    [59.6, '1m00s'],
    [200, '3m20s'],
    [3599, '59m59s'],
    [3600, '1h00m'],
    [7500, '2h05m'],
  ])('%d seconds', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0, '0'],
    [0.012345, '0.0123'],
    [12.345, '12.3'],
    [999.6, '1000'],
    [1234.5, '1235'],
    [Number.NaN, 'NaN'],
  ])('%d', (value, text) => {
    expect(figure(value)).toBe(text);
  });

  it('scores of both kinds of task', () => {
    const common = { sequences: 10, bitsPerSequence: 1.5, exactAccuracy: 0.25 };
    expect(scoreText({ ...common, bitErrorsPerSequence: 2, wrongBitsPercent: 5 })).toBe(
      '1.5 bits, 2 wrong bits, 25 % exact',
    );
    expect(scoreText({ ...common, accuracy: 0.4, errorPercent: 60 })).toBe(
      '1.5 bits, 60 % wrong, 25 % exact',
    );
  });

  it('tables align, numbers to the right', () => {
    expect(
      table(
        [
          ['name', 'n'],
          ['a', '10'],
          ['long name', '9'],
        ],
        [1],
      ),
    ).toBe('name        n\na          10\nlong name   9');
  });
});
