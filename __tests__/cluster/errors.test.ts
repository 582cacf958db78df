import { describe, expect, it } from '@jest/globals';
import { connectionError } from '../../src/cluster/connection-error.ts';
import { ConnectError } from '../../src/cluster/dial.ts';
import { type Asked, apiError } from '../../src/cluster/errors.ts';
import { secretValues } from '../../src/cluster/secret-values.ts';
import { statusBody } from './test-server.ts';

const ASKED: Asked = { verb: 'apply', object: 'Deployment shop/web', kind: 'Deployment', namespace: 'shop' };

function told(status: number, more: Record<string, unknown>, asked: Asked = ASKED): ReturnType<typeof apiError> {
  return apiError(asked, status, JSON.stringify(statusBody(status, more)), 'the token of user ci');
}

describe('an answer of the API', () => {
  it('403 names the missing rule', () => {
    const message =
      'deployments.apps "web" is forbidden: User "ci" cannot patch resource "deployments" in API group "apps" in the namespace "shop"';
    const error = told(403, { reason: 'Forbidden', message, details: { group: 'apps', kind: 'deployments' } });
    expect(error.code).toBe('forbidden');
    expect(error.message).toBe(`Cannot apply Deployment shop/web: ${message} (403 Forbidden).`);
    expect(error.hint).toBe(
      'Add this rule to a Role in namespace shop of ci:\n- apiGroups: ["apps"]\n  resources: ["deployments"]\n  verbs: ["get", "create", "patch"]',
    );
  });

  it('403 at the cluster scope asks for a ClusterRole', () => {
    const message =
      'namespaces is forbidden: User "ci" cannot list resource "namespaces" in API group "" at the cluster scope';
    expect(told(403, { message }, { verb: 'list', object: 'Namespace objects' }).hint).toBe(
      'Add this rule to a ClusterRole of ci:\n- apiGroups: [""]\n  resources: ["namespaces"]\n  verbs: ["list"]',
    );
  });

  it('403 by a quota or a policy is no matter of RBAC', () => {
    const quota = told(403, {
      message: 'pods "web" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2',
    });
    expect([quota.code, quota.hint]).toEqual(['rejected-by-api', expect.stringContaining('ResourceQuota')]);
  });

  it('409 of an apply names managers and fields', () => {
    const causes = [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "kubectl-edit" using apps/v1',
        field: '.spec.replicas',
      },
      { reason: 'FieldManagerConflict', message: 'conflict with "argo"', field: '.spec.paused' },
      { reason: 'FieldManagerConflict', message: 'conflict with "argo"', field: '.metadata.labels.a' },
    ];
    const error = told(409, { reason: 'Conflict', message: 'Apply failed with 3 conflicts', details: { causes } });
    expect(error.code).toBe('conflict');
    expect(error.message).toBe(
      'Cannot apply Deployment shop/web: argo owns metadata.labels.a, spec.paused; kubectl-edit owns spec.replicas (409 Conflict).',
    );
    expect(error.conflicts).toContainEqual({ manager: 'kubectl-edit', field: 'spec.replicas' });
    expect(error.hint).toContain('force-conflicts');
  });

  it.each<[string, number, Record<string, unknown>, string, RegExp | undefined]>([
    ['401', 401, { reason: 'Unauthorized', message: 'Unauthorized' }, 'unauthorized', /the token of user ci/],
    [
      '404 of the namespace',
      404,
      { message: 'namespaces "shop" not found', details: { kind: 'namespaces', name: 'shop' } },
      'namespace-missing',
      /create-namespace/,
    ],
    [
      '404',
      404,
      { message: 'deployments.apps "web" not found', details: { kind: 'deployments' } },
      'api-error',
      undefined,
    ],
    ['409 of a version', 409, { message: 'the object has been modified' }, 'conflict', undefined],
    ['413', 413, { message: 'Request entity too large: limit is 3145728' }, 'rejected-by-api', /1 MiB/],
    [
      '422',
      422,
      { message: 'Deployment.apps "web" is invalid: spec.selector: field is immutable' },
      'rejected-by-api',
      /delete the object/,
    ],
    [
      'an unknown field',
      500,
      {
        message:
          'failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema',
      },
      'rejected-by-api',
      /spelling/,
    ],
    ['500', 500, { message: 'etcdserver: leader changed' }, 'api-error', /control plane/],
    [
      'a webhook that is away',
      500,
      { reason: 'InternalError', message: 'failed calling webhook "a.b"' },
      'api-error',
      /webhook/,
    ],
  ])('%s has its reason and hint', (_what, status, more, code, hint) => {
    const error = told(status, more);
    expect(error.code).toBe(code);
    if (hint) expect(error.hint).toMatch(hint);
    else expect(error.hint).toBeUndefined();
  });

  it('that is the page of a proxy is told in one line', () => {
    const page = '<html><head><title>x</title></head>\n<body><h1>502 Bad Gateway</h1>\n<hr>nginx</body></html>';
    expect(apiError(ASKED, 502, page, '').message).toBe(
      'Cannot apply Deployment shop/web: 502 Bad Gateway nginx (502).',
    );
    expect(apiError(ASKED, 502, '', '').message).toBe(
      'Cannot apply Deployment shop/web: the answer has no message (502).',
    );
  });

  it.each([
    'Secret in version "v1" cannot be handled as a Secret: json: cannot unmarshal string hunter2-hunter2 into Go struct',
    'Secret "a" is invalid: data[b]: Invalid value: "other-quoted \\" value": must be different',
    'Secret "a" is invalid: data[b]: Invalid value: 4711: must be different',
    'failed to create typed patch object: .data.b: expected string, got &value.valueUnstructured{Value:4711}',
    'Secret "a" is invalid: aHVudGVyMi1odW50ZXIy is not allowed',
  ])('about a Secret quotes no value: %s', message => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a' },
      data: { b: 'aHVudGVyMi1odW50ZXIy', c: 4711 },
    };
    const error = told(
      422,
      { message, details: { causes: [{ reason: 'FieldValueInvalid', message, field: 'data' }] } },
      { verb: 'apply', object: 'Secret shop/a', ...secretValues(secret) },
    );
    const all = JSON.stringify([error.message, error.apiMessage, error.causes, error.hint]);
    expect(all).toContain('***');
    expect(all).not.toMatch(/hunter2|aHVudGVy|4711|other-quoted/);
  });
});

describe('no answer', () => {
  it.each([
    ['ENOTFOUND', /name is not known to DNS/, /private name/],
    ['ECONNREFUSED', /refuses connections/, /host and port/],
    ['ETIMEDOUT', /does not answer/, /authorized networks/],
    ['CERT_HAS_EXPIRED', /certificate has expired/, /renewed/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /for another name/, /tls-server-name/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /unknown authority/, /certificate-authority-data/],
    ['EPROTO', /does not speak TLS/, /./],
  ])('for %s names the server, why, and what to do', (code, why, hint) => {
    const error = connectionError(
      'https://api.test:6443',
      'apply Deployment shop/web',
      new ConnectError('low-level words', code),
    );
    expect(error.code).toBe('unreachable');
    expect(error.message).toMatch(/^Cannot apply Deployment shop\/web: https:\/\/api.test:6443 cannot be reached/);
    expect(error.message).toMatch(why);
    expect(error.hint).toMatch(hint);
  });

  it('tells the first reason where all addresses failed', () => {
    const all = new AggregateError([Object.assign(new Error(), { code: 'ECONNREFUSED' })], '');
    expect(connectionError('https://a', 'get Pod a', new ConnectError('', 'x', { cause: all })).message).toContain(
      'refuses connections',
    );
  });
});
