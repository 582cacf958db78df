import { describe, expect, it } from '@jest/globals';
import { inputReader } from '../../src/config/inputs.ts';
import { SluiceError } from '../../src/errors.ts';

describe('inputs', () => {
  const reader = (given: Record<string, string>) => inputReader(name => given[name] ?? '');

  it('are read, with fallbacks for what is not given', () => {
    const inputs = reader({
      manifests: 'a\nb',
      timeout: ' 5m ',
      prune: 'False',
      count: '3',
      strategy: 'canary',
      name: ' x ',
    });
    expect(inputs.requiredLines('manifests')).toEqual(['a', 'b']);
    expect(inputs.duration('timeout', 1)).toBe(300_000);
    expect(inputs.duration('other', 7)).toBe(7);
    expect(inputs.boolean('prune', true)).toBe(false);
    expect(inputs.boolean('force', true)).toBe(true);
    expect(inputs.integer('count', 1, { min: 1 })).toBe(3);
    expect(inputs.oneOf('strategy', 'rolling', ['rolling', 'canary'])).toBe('canary');
    expect(inputs.required('name')).toBe('x');
    expect(inputs.text('nothing')).toBeUndefined();
    expect(inputs.lines('nothing')).toEqual([]);
    expect(inputs.check()).toBeUndefined();
  });

  it('that are wrong are told all at once: name, what was given, what is allowed', () => {
    const inputs = reader({ timeout: '300', prune: 'yes', count: '0', strategy: 'Canary' });
    inputs.required('release');
    inputs.requiredLines('manifests');
    inputs.duration('timeout', 1);
    inputs.boolean('prune', true);
    inputs.integer('count', 1, { min: 1, max: 9 });
    inputs.oneOf('strategy', 'rolling', ['rolling', 'canary']);
    inputs.problem('images', 'is odd');
    let error: unknown;
    try {
      inputs.check();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({ code: 'invalid-input', hint: expect.stringContaining('Nothing was done') });
    expect((error as SluiceError).problems.map(({ message }) => message)).toEqual([
      'Input release: required, and not given.',
      'Input manifests: required, and not given.',
      'Input timeout: "300" is not allowed; give a duration such as 90s, 5m or 1h30m (with its unit: 300s or 300m).',
      'Input prune: "yes" is not allowed; give true or false.',
      'Input count: "0" is not allowed; give a whole number from 1 to 9.',
      'Input strategy: "Canary" is not allowed; give one of rolling, canary (did you mean canary?).',
      'Input images: is odd.',
    ]);
  });

  it('are cut where they are long', () => {
    const inputs = reader({ prune: 'x'.repeat(500) });
    inputs.boolean('prune', true);
    expect(() => inputs.check()).toThrow(/^Input prune: "x{59}… is not allowed; give true or false\.$/);
  });
});
