import { describe, expect, it } from '@jest/globals';
import {
  BORROWING,
  begin,
  DRAIN_MS,
  END,
  PROMOTION,
  type Script,
  SETTLE_MS,
  SIZE,
  startRouted,
  USER,
} from './script.ts';

const AWAY = SETTLE_MS + DRAIN_MS;

function shifted(): Script {
  const script = begin('service');
  startRouted(script);
  script.point('web', 'canary');
  script.pass(SETTLE_MS);
  return script;
}

/** Traffic on the twin, and stable about to be the new version. */
function promoting(): Script {
  const script = shifted();
  script.record({ cursor: PROMOTION });
  return script;
}

const NEW_IMAGE = { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } } };

const messages = (script: Script): string[] => script.laws.violations.map(({ law, message }) => `${law}: ${message}`);

describe('a release by the router service, written by hand', () => {
  it('breaks no law when it is promoted', () => {
    const script = promoting();
    script.edit('Deployment', 'web', NEW_IMAGE, { ...BORROWING, manager: 'sluice' });
    script.pass(20_000);
    script.record({ cursor: PROMOTION + 2 });
    script.point('web', 'stable');
    script.pass(AWAY);
    script.remove('Deployment', 'web-canary');
    for (const name of ['web-canary', 'web-stable']) script.remove('Service', name);
    script.remove('ConfigMap', 'web-config-1');
    script.pass(3000);
    for (const name of ['web', 'internal']) script.point(name, null);
    script.record({ cursor: END, status: 'succeeded' });
    expect(messages(script)).toEqual([]);
  });

  it('breaks no law when it goes back', () => {
    const script = shifted();
    script.record({ back: { steps: [{ do: 'capacity', name: 'capacity' }], cursor: 0 } });
    script.point('web', 'stable');
    script.pass(AWAY);
    script.remove('Deployment', 'web-canary');
    script.remove('ConfigMap', 'web-config-1');
    expect(messages(script)).toEqual([]);
  });
});

describe('law 1, traffic follows capacity', () => {
  it('barks at a switch to a twin of too few ready pods, and names the numbers', () => {
    const script = begin('service');
    startRouted(script, SIZE - 1);
    script.point('web', 'canary');
    expect(messages(script)).toEqual([
      expect.stringMatching(
        /^1: Service default\/web moves from track stable to track canary while 2 pods of web-canary are ready \(web-canary-\S+, web-canary-\S+\), 3 are needed/,
      ),
    ]);
    expect(script.laws.violations[0]?.write).toBe('patch Service default/web by sluice-release (sluice-a)');
  });

  it('does not count pods whose endpoints are not there yet', () => {
    const script = begin('service');
    startRouted(script, 0);
    script.size('web-canary', SIZE);
    script.pass(1000);
    script.point('web', 'canary');
    expect(script.broken()).toContain(1);
  });

  it('lets traffic go to the side that has more, however few', () => {
    const script = begin('service');
    startRouted(script, 1);
    script.edit('Deployment', 'web', { spec: { replicas: 0 } }, USER);
    script.pass(5000);
    script.point('web', 'canary');
    expect(messages(script)).toEqual([]);
  });

  it('barks at a pin that shuts out pods of stable which have no track label yet', () => {
    const script = begin('service');
    script.edit(
      'Deployment',
      'web',
      { spec: { template: { metadata: { labels: { 'sluice.dev/track': null } } } } },
      USER,
    );
    script.pass(10_000);
    script.point('internal', 'stable');
    expect(script.broken()).toEqual([1, 3]);
  });
});

describe('law 2, stable is untouched until promotion', () => {
  it.each<[string, (script: Script) => void]>([
    ['its configuration', script => script.edit('ConfigMap', 'settings', { data: { a: '2' } })],
    ['its pod template', script => script.edit('Deployment', 'web', NEW_IMAGE)],
    ['its size', script => script.size('web', 5)],
    ['the ports of its Service', script => script.edit('Service', 'internal', { spec: { ports: [{ port: 81 }] } })],
    ['its existence', script => script.remove('Service', 'internal')],
  ])('barks when we change %s', (_what, write) => {
    const script = begin('service');
    write(script);
    expect(script.broken()).toContain(2);
  });

  it('is silent when others do, when it is promoted, and for the label that adopts stable', () => {
    const script = begin('service');
    script.edit('ConfigMap', 'settings', { data: { a: '2' } }, USER);
    const bare = { spec: { template: { metadata: { labels: { 'sluice.dev/track': null } } } } };
    script.edit('Deployment', 'web', bare, USER);
    script.pass(10_000);
    script.edit('Deployment', 'web', {
      spec: { template: { metadata: { labels: { 'sluice.dev/track': 'stable' } } } },
    });
    script.record({ cursor: PROMOTION });
    script.edit('ConfigMap', 'settings', { data: { a: '3' } });
    expect(messages(script)).toEqual([]);
  });
});

describe('law 3, nothing that receives traffic is taken away', () => {
  it('barks when the twin is deleted under its traffic', () => {
    const script = shifted();
    script.remove('Deployment', 'web-canary');
    expect(messages(script)).toEqual([
      '3: Deployment default/web-canary is deleted while Service default/web sends to it',
    ]);
  });

  it('barks when it is made smaller before settle and drain are over, and not a moment later', () => {
    const early = shifted();
    early.point('web', 'stable');
    early.pass(AWAY - 1);
    early.size('web-canary', 0);
    expect(messages(early)).toEqual([
      '3: Deployment web-canary goes from 3 to 0 pods 34999 ms after its last traffic; settle and drain take 35000 ms',
    ]);
    const late = shifted();
    late.point('web', 'stable');
    late.pass(AWAY);
    late.size('web-canary', 0);
    expect(messages(late)).toEqual([]);
  });

  it('does not ask to drain what never had traffic', () => {
    const script = begin('service');
    startRouted(script);
    script.remove('Deployment', 'web-canary');
    expect(messages(script)).toEqual([]);
  });

  it('barks when configuration of the twin goes before its pods', () => {
    const script = begin('service');
    startRouted(script);
    script.remove('ConfigMap', 'web-config-1');
    expect(messages(script)).toEqual(['3: ConfigMap default/web-config-1 is deleted while web-canary has 3 replicas']);
  });

  it('barks when a Service is pinned to a track without ready pods', () => {
    const script = begin('service');
    startRouted(script, 0);
    script.point('internal', 'canary');
    expect(script.broken()).toContain(3);
  });

  it('barks when a Service is unpinned while pods of the new version would get its requests', () => {
    const script = begin('service');
    startRouted(script);
    script.remove('Deployment', 'web-canary');
    script.point('internal', null);
    expect(messages(script)).toEqual([
      expect.stringMatching(/^3: Service default\/internal is unpinned while pods of the new version are ready/),
    ]);
  });
});

describe('law 4, an abort restores capacity, then moves traffic, then deletes', () => {
  const back = { back: { steps: [], cursor: 0 } };

  it('barks at a switch back to a stable that is not ready', () => {
    const script = shifted();
    script.size('web', 1, USER);
    script.pass(3000);
    script.size('web', SIZE, USER);
    script.record(back);
    script.point('web', 'stable');
    expect(messages(script)).toEqual([
      expect.stringMatching(/^4: before stable has its capacity, Service default\/web moves .* while 1 pods of web /),
    ]);
  });

  it('lets traffic go back when the twin does worse', () => {
    const script = shifted();
    script.size('web', 1, USER);
    script.size('web-canary', 0, USER);
    script.pass(3000);
    script.record(back);
    script.point('web', 'stable');
    expect(messages(script)).toEqual([]);
  });

  it('barks at a deletion that comes before the traffic was moved', () => {
    const script = shifted();
    script.record(back);
    script.remove('Deployment', 'web-canary');
    expect(messages(script)).toEqual([
      '4: web-canary is deleted before its traffic was moved: Service default/web still sends to it',
    ]);
  });
});

describe('law 5, a promotion that fails is no outage', () => {
  it('barks when a Service is given to a side of which nothing is ready while the other works', () => {
    const script = promoting();
    script.size('web', 0, USER);
    script.pass(3000);
    script.point('web', 'stable');
    expect(script.broken()).toContain(5);
    expect(messages(script).at(-1)).toMatch(
      /^5: Service default\/web selects no ready pod, while these work: web-canary-\S+, /,
    );
  });

  it('says nothing of a Service whose pods fail by themselves', () => {
    const script = promoting();
    script.size('web-canary', 0, USER);
    script.pass(3000);
    script.edit('Deployment', 'web', NEW_IMAGE);
    expect(messages(script)).toEqual([]);
  });
});

describe('law 9, edits are surgical', () => {
  it('barks when a borrowing edit touches anything else', () => {
    const script = begin('service');
    script.record({ cursor: PROMOTION });
    script.edit('Service', 'web', { spec: { selector: { app: 'other' } } }, BORROWING);
    script.edit('Service', 'web', { metadata: { annotations: { a: '1' } } }, BORROWING);
    expect(messages(script).filter(text => text.startsWith('9'))).toEqual([
      '9: Service default/web is edited beyond what the release needs: spec.selector.app',
      '9: Service default/web is edited beyond what the release needs: metadata.annotations.a',
    ]);
  });
});
