import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSandboxServer, type SandboxServer } from '../../../src/sandbox/server.ts';
import { client } from './client.ts';

let server: SandboxServer;
beforeAll(async () => {
  server = await openSandboxServer({ controllers: 'off' });
});
afterAll(() => server.close());

const call = client(() => server);
const CORE = '/api/v1/namespaces/default/events';
const NEW = '/apis/events.k8s.io/v1/namespaces/default/events';
const regarding = { kind: 'Pod', name: 'p', namespace: 'default' };
const report = {
  regarding,
  reason: 'Tried',
  note: 'n',
  type: 'Normal',
  action: 'Try',
  eventTime: '2024-01-01T00:00:00.000000Z',
  reportingController: 'example.com/c',
  reportingInstance: 'i',
};

describe('Events of core/v1', () => {
  it('belong to the namespace of their object', async () => {
    const metadata = { name: 'elsewhere' };
    const refused = await call('POST', CORE, { metadata, involvedObject: { kind: 'Pod', namespace: 'other' } });
    expect(refused.body.message).toBe(
      'Event "elsewhere" is invalid: involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    );
    expect((await call('POST', CORE, { metadata, involvedObject: { kind: 'Node', name: 'n' } })).status).toBe(201);
  });

  it('may be counted up and rewritten', async () => {
    await call('POST', CORE, { metadata: { name: 'counted' }, involvedObject: regarding, reason: 'A', count: 1 });
    const changed = await call('PATCH', `${CORE}/counted`, { count: 2, reason: 'B' });
    expect(changed).toMatchObject({ status: 200, body: { count: 2, reason: 'B' } });
  });
});

describe('Events of events.k8s.io/v1', () => {
  it('say who did what when', async () => {
    const refused = await call('POST', NEW, { metadata: { name: 'bare' }, regarding });
    expect(refused.body.message).toBe(
      'Event "bare" is invalid: [eventTime: Required value, type: Invalid value: "": has invalid value: ]',
    );
    const series = { count: 1, lastObservedTime: '2024-01-01T00:00:00.000000Z' };
    const short = await call('POST', NEW, { ...report, metadata: { name: 'short' }, series });
    expect(short.body.message).toContain('series.count: Invalid value: "": should be at least 2');
  });

  it('change only by their series', async () => {
    expect((await call('POST', NEW, { ...report, metadata: { name: 'full' } })).status).toBe(201);
    const series = { count: 3, lastObservedTime: '2024-01-01T00:00:05.000000Z' };
    expect((await call('PATCH', `${NEW}/full`, { series })).body['series']).toEqual(series);
    const refused = await call('PATCH', `${NEW}/full`, { reason: 'Other' });
    expect(refused.body.message).toContain('reason: Invalid value: "Other": field is immutable');
  });

  it('are selected by the names of their own API', async () => {
    const by = async (path: string, field: string): Promise<number> =>
      (await call('GET', `${path}?fieldSelector=${field}%3Dp`)).status;
    expect(await by(NEW, 'regarding.name')).toBe(200);
    expect(await by(CORE, 'involvedObject.name')).toBe(200);
    expect(await by(NEW, 'involvedObject.name')).toBe(400);
    expect(await by(CORE, 'regarding.name')).toBe(400);
  });
});
