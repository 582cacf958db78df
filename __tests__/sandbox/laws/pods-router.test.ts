import { describe, expect, it } from '@jest/globals';
import { begin, END, PROMOTION, type Script, SIZE, startSplit, USER } from './script.ts';

const messages = (script: Script): string[] => script.laws.violations.map(({ law, message }) => `${law}: ${message}`);

function split(): Script {
  const script = begin('pods');
  startSplit(script);
  return script;
}

const back = { back: { steps: [], cursor: 0 } };

describe('a release by the router pods, written by hand', () => {
  it('breaks no law when it is promoted', () => {
    const script = split();
    script.record({ cursor: PROMOTION });
    script.edit('Deployment', 'web', {
      spec: { replicas: SIZE, template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } },
    });
    script.pass(20_000);
    script.size('web-canary', 0);
    script.remove('ConfigMap', 'web-config-1');
    script.remove('Deployment', 'web-canary');
    script.record({ cursor: END, status: 'succeeded' });
    expect(messages(script)).toEqual([]);
  });

  it('breaks no law when it goes back with all of stable at once', () => {
    const script = split();
    script.record(back);
    script.size('web', SIZE);
    script.pass(3000);
    script.size('web-canary', 0);
    script.remove('Deployment', 'web-canary');
    expect(messages(script)).toEqual([]);
  });
});

describe('law 1', () => {
  it('barks when stable is made smaller than what is ready allows', () => {
    const script = split();
    script.size('web', 0);
    expect(messages(script)).toEqual([
      '1: Deployment default/web goes from 1 to 0 pods, of which 1 are ready: 2 ready pods of both versions remain, and 3 are needed',
    ]);
  });

  it('says nothing where only pods go that cannot serve', () => {
    const script = split();
    script.size('web-canary', 3);
    script.size('web-canary', 2);
    expect(messages(script)).toEqual([]);
  });

  it('barks when both together are larger than size and surge, but not on the way back', () => {
    const script = split();
    script.size('web-canary', 4);
    expect(messages(script)).toEqual([
      '1: web-canary has 4 replicas and web 1, together more than the 4 that size 3 and surge 1 allow',
    ]);
    const returning = split();
    returning.record(back);
    returning.size('web', SIZE);
    expect(messages(returning)).toEqual([]);
  });

  it('asks for no more than what others have left, until we put it back', () => {
    const script = split();
    script.size('web-canary', 1, USER);
    script.pass(3000);
    script.size('web', 2);
    script.pass(3000);
    script.size('web', 1);
    expect(messages(script)).toEqual([expect.stringMatching(/^1: .* 2 ready pods of both versions remain, and 3 are/)]);
    const shrunk = split();
    shrunk.size('web', 0, USER);
    shrunk.pass(3000);
    expect(messages(shrunk)).toEqual([]);
  });
});

describe('law 3', () => {
  it('barks when the twin is deleted while its pods are needed', () => {
    const script = split();
    script.remove('Deployment', 'web-canary');
    expect(messages(script)).toEqual([
      '3: Deployment default/web-canary goes from 2 to 0 pods, of which 2 are ready: 1 ready pods of both versions remain, and 3 are needed',
    ]);
  });
});

describe('law 4', () => {
  it('barks when the twin is made smaller before stable is back', () => {
    const script = split();
    script.record(back);
    script.size('web', SIZE);
    script.size('web-canary', 0);
    expect(messages(script)).toEqual([
      expect.stringMatching(
        /^4: before stable has its capacity, Deployment default\/web-canary goes from 2 to 0 pods, of which 2 are ready: 1 ready/,
      ),
    ]);
  });
});
