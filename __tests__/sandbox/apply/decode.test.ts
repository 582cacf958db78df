import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/kube.ts';
import { decodeBody } from '../../../src/sandbox/apply/decode-body.ts';
import { decodeTyped } from '../../../src/sandbox/apply/decode-typed.ts';
import { goTypeError } from '../../../src/sandbox/apply/go-type-error.ts';
import { JsonSyntaxError, parseJson } from '../../../src/sandbox/apply/json-text.ts';
import { builtinResources } from '../../../src/sandbox/apply/schema.ts';
import { parseYaml } from '../../../src/sandbox/apply/yaml-text.ts';

const deployment = builtinResources.find(({ kind }) => kind === 'Deployment');
const schema = deployment?.schema ?? {};

function specOf(spec: JsonObject): JsonObject {
  return decodeTyped(schema, { spec })['spec'] as JsonObject;
}

describe('an object that went through its Go type', () => {
  it('keeps zeros behind pointers and loses others', () => {
    expect(specOf({ replicas: 0, minReadySeconds: 0, paused: false })).toEqual({
      replicas: 0,
      strategy: {},
      template: { metadata: {}, spec: {} },
    });
  });

  it('keeps a zero that may also be a percentage', () => {
    const strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } };
    expect(specOf({ strategy })['strategy']).toEqual(strategy);
  });

  it('loses nulls, unknown fields and empty maps', () => {
    const template = { metadata: { labels: {} }, spec: { nodeSelector: null, unknown: 1 } };
    expect(specOf({ template })['template']).toEqual({ metadata: {}, spec: {} });
  });
});

describe('the body of a POST', () => {
  const decode = (body: string, format: 'json' | 'yaml' = 'json'): string => {
    if (!deployment) throw new Error('no Deployment');
    try {
      return decodeBody(body, format, deployment, 'Strict').object.kind;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    [
      '{"spec":{"replicas":1.5}}',
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      '{"spec":{"template":{"spec":{"restartPolicy":1}}}}',
      'PodSpec.spec.template.spec.restartPolicy of type v1.RestartPolicy',
    ],
    [
      '{"spec":{"template":{"spec":{"containers":["x"]}}}}',
      'PodSpec.spec.template.spec.containers of type v1.Container',
    ],
    ['{"spec":{"bogus":1}}', 'strict decoding error: unknown field "spec.bogus"'],
    ['{"metadata":{"name":"a","name":"b"}}', 'strict decoding error: duplicate field "metadata.name"'],
  ])('%s', (body, message) => {
    expect(decode(body)).toContain(message);
  });

  it('may be YAML', () => {
    expect(decode('metadata: {name: a}\n', 'yaml')).toBe('Deployment');
  });
});

describe('times', () => {
  const lease = builtinResources.find(({ kind }) => kind === 'Lease')?.schema ?? {};
  const error = (renewTime: string): string | undefined => goTypeError(lease, { spec: { renewTime } });

  it('of leases have six digits after the second', () => {
    expect(error('2024-01-01T00:00:07.000001Z')).toBeUndefined();
    expect(error('2024-01-01T00:00:07Z')).toContain('cannot parse "Z" as ".000000"');
    expect(error('2024-01-01T00:00:07.000001Z!')).toContain('extra text: "!"');
  });

  it('of other kinds need none', () => {
    expect(goTypeError(schema, { metadata: { creationTimestamp: '2024-01-01T00:00:07Z' } })).toBeUndefined();
    expect(goTypeError(schema, { metadata: { creationTimestamp: '2024-01-01T00:00:07.5+01:00' } })).toBeUndefined();
  });
});

describe('the JSON reader', () => {
  it.each([
    ['{"a":', 'unexpected end of JSON input'],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['nul', 'unexpected end of JSON input'],
    ['{} x', "invalid character 'x' after top-level value"],
  ])('%s', (text, message) => {
    expect(() => parseJson(text)).toThrow(new JsonSyntaxError(message));
  });

  it('finds keys that are there twice, and takes the last', () => {
    const { value, duplicates } = parseJson('{"a":{"b":1,"b":2},"c":[{"d":1,"d":3}]}');
    expect(value).toEqual({ a: { b: 2 }, c: [{ d: 3 }] });
    expect(duplicates.map(({ path }) => path)).toEqual(['a.b', 'c[0].d']);
  });
});

describe('the YAML reader', () => {
  it('takes quoted texts whose further lines are not indented', () => {
    expect(parseYaml("a:\n  b: 'one\n  two'\n  c: x\n").value).toEqual({ a: { b: 'one two', c: 'x' } });
  });

  it('leaves quotes in block texts alone', () => {
    expect(parseYaml("a:\n  k: 'x\n  y'\n  b: |\n    t: 'u\n    v\n  c: x\n").value).toEqual({
      a: { k: 'x y', b: "t: 'u\nv\n", c: 'x' },
    });
  });
});
