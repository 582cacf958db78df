import { AwsV4Signer } from 'aws4fetch';
import type { Clock } from '../clock.ts';
import type { MetricConfig } from '../config/check-config.ts';
import { NoAnswer, type Sign } from './ask.ts';

/** Signs requests (Signature Version 4) with the keys that `aws-actions/configure-aws-credentials` leaves in the environment. */
export function awsSign(
  { region, service }: NonNullable<MetricConfig['aws']>,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Sign {
  return async ({ method, url, headers, body }) => {
    const accessKeyId = keyOf(env, 'AWS_ACCESS_KEY_ID');
    const secretAccessKey = keyOf(env, 'AWS_SECRET_ACCESS_KEY');
    const sessionToken = env['AWS_SESSION_TOKEN'];
    const signer = new AwsV4Signer({
      method,
      url,
      headers,
      ...(body === undefined ? {} : { body }),
      accessKeyId,
      secretAccessKey,
      ...(sessionToken ? { sessionToken } : {}),
      region,
      service,
      datetime: new Date(clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    });
    return Object.fromEntries((await signer.sign()).headers);
  };
}

/** The same words without the keys, which an answer may repeat. */
export function withoutKeys(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const secrets = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_ACCESS_KEY_ID'].flatMap(name => env[name] || []);
  return text => secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}

function keyOf(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new NoAnswer(
    'lost',
    `cannot be asked: a request to AWS needs a signature, and the environment has no ${name}; let aws-actions/configure-aws-credentials run before, in the same job`,
  );
}
