import { describe, expect, it } from '@jest/globals';
import { LABS, type Lab, messages, ofLaw, PROMOTION, shifted, started } from './routed-script.ts';
import { DRAIN_MS, type Script, SETTLE_MS, SIZE, US, USER } from './script.ts';

const AWAY = SETTLE_MS + DRAIN_MS;
const NEW_IMAGE = { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } } };
const BACK = { back: { steps: [], cursor: 0 } };

function promoting(lab: Lab): Script {
  const script = shifted(lab);
  script.record({ cursor: PROMOTION });
  return script;
}

describe.each(LABS)('law 3 with %s', (_name, lab) => {
  it('barks when the twin is taken away under its requests, however few', () => {
    const script = shifted(lab, 1);
    script.size('web-canary', 1);
    expect(messages(script)).toEqual([
      `3: Deployment default/web-canary goes from 3 to 1 pods while ${lab.sender} sends to it`,
    ]);
  });

  it('barks when it is taken away while a match sends to it', () => {
    const script = started(lab);
    lab.weigh(script, 0, { match: true });
    script.remove('Deployment', 'web-canary');
    expect(messages(script)).toEqual([`3: Deployment default/web-canary is deleted while ${lab.sender} sends to it`]);
  });

  it('barks when settle and drain are not over, and not a moment later', () => {
    const taken = (after: number): string[] => {
      const script = shifted(lab, 10);
      lab.weigh(script, 0);
      script.pass(after);
      script.size('web-canary', 0);
      return messages(script);
    };
    expect(taken(AWAY)).toEqual([]);
    expect(taken(AWAY - 1)).toEqual([
      '3: Deployment web-canary goes from 3 to 0 pods 34999 ms after its last traffic; settle and drain take 35000 ms',
    ]);
  });

  it('barks when the Service of the twin goes while a route names it, be it with weight 0', () => {
    const script = shifted(lab);
    lab.weigh(script, 0);
    script.pass(AWAY);
    script.remove('Deployment', 'web-canary');
    script.remove('Service', 'web-canary');
    expect(messages(script)).toEqual([`3: Service default/web-canary is deleted while ${lab.sender} names it`]);
  });

  it('barks when a Service is unpinned while pods of the twin are ready', () => {
    const script = started(lab);
    script.point('web', null);
    expect(messages(script)).toEqual([
      expect.stringMatching(
        /^3: Service default\/web is unpinned while pods of the new version are ready .*: web-canary-/,
      ),
    ]);
  });
});

describe.each(LABS)('law 4 with %s', (_name, lab) => {
  it('barks on the way back at moves to a stable without its capacity', () => {
    const back = (ready: number): Script => {
      const script = shifted(lab);
      script.size('web', ready, USER);
      script.pass(5000);
      script.size('web', SIZE, USER);
      script.record(BACK);
      lab.weigh(script, 40);
      return script;
    };
    expect(messages(back(2))).toEqual([]);
    const weak = back(1);
    expect(messages(weak)[0]).toMatch(
      /^4: before stable has its capacity, .* moves web-canary from 100 to 40 % while 1 pods of web are ready .*, and 2 are needed$/,
    );
    expect(weak.broken()).toEqual([4]);
  });

  it('barks on the way back at deletions before the moves', () => {
    const script = shifted(lab);
    script.record(BACK);
    script.remove('Deployment', 'web-canary');
    expect(messages(script)).toEqual([
      `4: web-canary is deleted before its traffic was moved: ${lab.sender} still sends to it`,
    ]);
  });
});

describe.each(LABS)('law 5 with %s', (_name, lab) => {
  it('barks when all goes to a side of which nothing is ready while the other works', () => {
    const script = promoting(lab);
    script.size('web', 0, USER);
    script.pass(5000);
    lab.weigh(script, 50);
    expect(ofLaw(5, script)).toEqual([]);
    lab.weigh(script, 0);
    expect(ofLaw(5, script)[0]).toMatch(
      / sends everything to web, of which no pod is ready, while these work: web-canary-/,
    );
    expect(ofLaw(5, script)[0]).toContain(`5: ${lab.place} sends`);
  });

  it('barks when all goes to a twin of which nothing is ready while stable works', () => {
    const script = shifted(lab, 50);
    script.record({ cursor: PROMOTION });
    script.size('web-canary', 0, USER);
    script.pass(5000);
    lab.weigh(script, 90);
    expect(ofLaw(5, script)).toEqual([]);
    lab.weigh(script, 100);
    expect(ofLaw(5, script)[0]).toMatch(
      / sends everything to web-canary, of which no pod is ready, while these work: web-/,
    );
  });

  it('says nothing of pods that fail by themselves, nor of what nobody else could serve', () => {
    const script = promoting(lab);
    script.size('web-canary', 0, USER);
    script.pass(5000);
    script.edit('Deployment', 'web', NEW_IMAGE, US);
    expect(messages(script)).toEqual([]);
  });
});
