import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readFailure } from '../../../../src/cli/shell/failure.ts';

describe('a schema error that nobody put in words', () => {
  it('is one line, and usage', () => {
    const { error } = z
      .object({ cell: z.object({ size: z.int(), layers: z.int() }) })
      .safeParse({ cell: {} });
    const { exitCode, name, message } = readFailure(error);
    expect([exitCode, name]).toEqual([2, 'UsageError']);
    expect(message).toMatch(/^cell\.size: expected what its schema allows, got another value \([^\n{}]*\); /);
  });
});
