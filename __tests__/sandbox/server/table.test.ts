import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KubeObject } from '../../../src/kube.ts';
import { createRegistry } from '../../../src/sandbox/server/registry.ts';
import { columnsOf } from '../../../src/sandbox/server/table/columns.ts';
import { firstAt } from '../../../src/sandbox/server/table/custom.ts';
import { humanDuration } from '../../../src/sandbox/server/table/duration.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('ages', () => {
  it.each([
    [5 * SECOND, '5s'],
    [119 * SECOND, '119s'],
    [2 * MINUTE + 30 * SECOND, '2m30s'],
    [11 * MINUTE + 30 * SECOND, '11m'],
    [3 * HOUR + 5 * MINUTE, '3h5m'],
    [47 * HOUR, '47h'],
    [3 * DAY + 2 * HOUR, '3d2h'],
    [9 * DAY + 2 * HOUR, '9d'],
    [800 * DAY, '2y70d'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(humanDuration(milliseconds)).toBe(text);
  });

  it('never grow in length beyond six characters within a century', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 36_500 }),
        fc.integer({ min: 0, max: DAY }),
        (days, rest) => humanDuration(days * DAY + rest).length <= 6,
      ),
    );
  });
});

describe('columns', () => {
  const registry = createRegistry();

  function cells(kind: string, object: object): Record<string, unknown> {
    const resource = registry.ofKind(kind);
    if (!resource) throw new Error(`${kind} is not served`);
    const whole = {
      apiVersion: 'v1',
      kind,
      metadata: { name: 'x', creationTimestamp: '2030-01-01T00:00:00Z' },
      ...object,
    } as KubeObject;
    const now = Date.UTC(2030, 0, 1, 0, 1);
    return Object.fromEntries(columnsOf(resource).map(column => [column.name, column.cell(whole, now)]));
  }

  const waiting = (reason: string): object => ({
    containerStatuses: [{ name: 'app', state: { waiting: { reason } }, restartCount: 3 }],
  });

  it.each([
    ['the phase', { phase: 'Running' }, 'Running'],
    ['why a container waits', { phase: 'Pending', ...waiting('ImagePullBackOff') }, 'ImagePullBackOff'],
    [
      'how a container ended',
      { phase: 'Failed', containerStatuses: [{ name: 'app', state: { terminated: { exitCode: 3 } } }] },
      'ExitCode:3',
    ],
    [
      'the init container that holds it up',
      { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { running: {} } }] },
      'Init:0/1',
    ],
  ])('show %s as the status of a pod', (_what, status, expected) => {
    expect(
      cells('Pod', { spec: { containers: [{ name: 'app' }], initContainers: [{ name: 'i' }] }, status })['Status'],
    ).toBe(expected);
  });

  it('show a Deployment as kubectl does', () => {
    const spec = {
      replicas: 3,
      selector: { matchLabels: { app: 'x' } },
      template: { spec: { containers: [{ name: 'app', image: 'x:1' }] } },
    };
    expect(
      cells('apps/Deployment', { spec, status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2 } }),
    ).toEqual({
      Name: 'x',
      Ready: '2/3',
      'Up-to-date': 3,
      Available: 2,
      Age: '60s',
      Containers: 'app',
      Images: 'x:1',
      Selector: 'app=x',
    });
  });

  it('show a Service that waits for its address', () => {
    const spec = {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.7',
      ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
    };
    expect(cells('Service', { spec })).toMatchObject({ 'External-IP': '<pending>', 'Port(s)': '80:30080/TCP' });
  });

  it('show the addresses of Endpoints that are ready, three at the most', () => {
    const ready = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map(ip => ({ ip }));
    const notReady = { notReadyAddresses: [{ ip: '10.0.0.9' }], ports: [{ port: 80 }] };
    const shown = (...subsets: object[]): unknown => cells('Endpoints', { subsets })['Endpoints'];
    expect(shown({ addresses: ready, ports: [{ port: 80 }] }, notReady)).toBe(
      '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...',
    );
    expect(shown({ addresses: ready.slice(0, 1) })).toBe('10.0.0.1');
    expect(shown(notReady)).toBe('<none>');
  });
});

describe('the JSONPaths of custom columns', () => {
  const object = { spec: { list: [{ n: 1 }, { n: 2 }] }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };

  it.each([
    ['.spec.list[1].n', 2],
    ['.spec.list[*].n', 1],
    ['.status.conditions[?(@.type=="Ready")].status', 'True'],
    ['.spec.nothing.here', undefined],
  ])('%s', (path, expected) => {
    expect(firstAt(object, path)).toBe(expected);
  });
});
