import type * as Core from '@actions/core';
import { describe, expect, it } from '@jest/globals';
import { type Inputs, readInputs } from '../../src/action/inputs.ts';
import { SluiceError } from '../../src/errors.ts';

const SECRET = 'hunter2-and-more';

function read(given: Record<string, string>): Inputs {
  const core = { getInput: (name: string) => given[name] ?? '' } as unknown as typeof Core;
  return readInputs(core, { GITHUB_REPOSITORY: 'acme/shop' });
}

function refused(prometheus: string): SluiceError {
  try {
    read({ manifests: 'deploy/', prometheus });
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error(`${prometheus} was taken`);
}

describe('the input prometheus', () => {
  it.each([
    ['https://prom.example/base', { url: 'https://prom.example/base' }],
    ['https://prom.example/@team', { url: 'https://prom.example/@team' }],
    ['monitoring/prometheus', { service: 'monitoring/prometheus' }],
    ['monitoring/prometheus:web', { service: 'monitoring/prometheus', port: 'web' }],
  ])('names an address or a Service: %s', (prometheus, place) => {
    expect(read({ manifests: 'deploy/', prometheus }).configured.prometheus).toMatchObject(place);
  });

  it.each([`https://me:${SECRET}@prom.example`, `https://${SECRET}@prom.example`, `HTTPS://:${SECRET}@prom.example`])(
    'must not hold a password, which is told without it: %s',
    prometheus => {
      const error = refused(prometheus);
      expect(error.message).toBe(
        'Input prometheus: an address must not hold a password; give it by the input credentials, and name it under auth of the key prometheus of the config.',
      );
      expect(JSON.stringify([error.message, error.problems, error.hint])).not.toContain(SECRET);
    },
  );

  it.each([
    `me:${SECRET}@prom.example`,
    `ftp://me:${SECRET}@prom.example`,
    `https://me:${SECRET}/7@prom.example`,
    `https://prom.example:port/?token=${SECRET}`,
  ])('that is neither is not quoted where it may hold a secret: %s', prometheus => {
    const { message, problems } = refused(prometheus);
    expect(message).toBe(
      'Input prometheus: what was given (not shown here) is not allowed; give an http(s) address, or namespace/name or namespace/name:port of a Service.',
    );
    expect(problems).toEqual([{ message }]);
  });

  it('that is neither is quoted where it holds nothing of the kind', () => {
    expect(refused('monitoring:9090').message).toBe(
      'Input prometheus: "monitoring:9090" is not allowed; give an http(s) address, or namespace/name or namespace/name:port of a Service.',
    );
  });
});
