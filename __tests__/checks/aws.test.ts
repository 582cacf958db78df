import { describe, expect, it } from '@jest/globals';
import { awsSign } from '../../src/checks/aws.ts';
import { sampled } from './asking.ts';

/** Keys, region, service, time and signatures of the test suite of Signature Version 4 in AWS' documentation. */
const ENV = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const clock = { now: () => Date.parse('2015-08-30T12:36:00Z'), after: () => () => undefined };
const AWS = { region: 'us-east-1', service: 'service' };
const SCOPE = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request';

describe('a signature for AWS', () => {
  it.each([
    ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
  ] as const)('is that of the example %s', async (_name, method, path, signature) => {
    const request = { method, url: `https://example.amazonaws.com${path}`, headers: {}, body: undefined };
    expect(await awsSign(AWS, ENV, clock)(request)).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    });
  });

  it('covers headers, body and session', async () => {
    const sign = awsSign(AWS, { ...ENV, AWS_SESSION_TOKEN: 'session' }, clock);
    const request = {
      method: 'POST' as const,
      url: 'https://example.amazonaws.com/',
      headers: { 'x-amz-target': 'A.B' },
      body: '{}',
    };
    const signed = await sign(request);
    expect(signed).toMatchObject({ 'x-amz-security-token': 'session', 'x-amz-target': 'A.B' });
    expect(signed['authorization']).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target,');
    const others = [
      { ...request, body: '[]' },
      { ...request, headers: { 'x-amz-target': 'A.C' } },
    ];
    for (const other of others) expect((await sign(other))['authorization']).not.toBe(signed['authorization']);
  });
});

describe('a metric of AWS', () => {
  const keys = {
    url: 'https://monitoring.us-east-1.amazonaws.com',
    'json-path': '$.v',
    max: 1,
    aws: { region: 'us-east-1' },
  };

  it('is an error without keys', async () => {
    const fetch = () => Promise.reject(new Error('nothing is asked'));
    const outside = { fetch, credential: () => undefined, env: { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE' } };
    expect(await sampled('metric', keys, { outside })).toEqual({
      outcome: 'error',
      message:
        'https://monitoring.us-east-1.amazonaws.com/ cannot be asked: a request to AWS needs a signature, and the environment has no AWS_SECRET_ACCESS_KEY; let aws-actions/configure-aws-credentials run before, in the same job',
    });
  });

  it('repeats none of the keys that an answer repeats', async () => {
    const env = { ...ENV, AWS_SESSION_TOKEN: 'a-session-token' };
    const fetch = async () => new Response(JSON.stringify(env), { status: 403 });
    const { message } = await sampled('metric', keys, { clock, outside: { fetch, credential: () => undefined, env } });
    expect(message).toContain('answered 403');
    for (const secret of Object.values(env)) expect(message).not.toContain(secret);
  });
});
