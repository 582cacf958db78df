import { stringify } from 'yaml';
import type { Check, CheckContext, Sample } from '../../src/checks/check.ts';
import { httpCheck } from '../../src/checks/http.ts';
import { metricCheck } from '../../src/checks/metric.ts';
import { webhookCheck } from '../../src/checks/webhook.ts';
import { webFetch } from '../../src/cluster/web.ts';
import type { CheckConfig } from '../../src/config/check-config.ts';
import { readReleaseConfig } from '../../src/config/read-config.ts';
import type { Json } from '../../src/kube.ts';
import { checkContext } from './context.ts';

export const SECRET = 'hunter2-and-more';
export const CREDENTIALS: Readonly<Record<string, string>> = {
  TOKEN: SECRET,
  LOGIN: `ada:${SECRET}`,
  BROKEN: `${SECRET}\r\nx-evil: 1`,
};

const outside = webFetch();

/** A check as a file would say it. */
export function configOf(kind: string, keys: { readonly [key: string]: Json }): CheckConfig {
  const [config] = readReleaseConfig(stringify({ checks: [{ [kind]: keys }] })).checks ?? [];
  if (!config) throw new Error('the config says nothing');
  return config;
}

/** A world with the product’s own client, and a redaction that knows the secret. */
export function askingContext(given: Partial<CheckContext> = {}): CheckContext {
  return checkContext({
    outside: { fetch: outside, credential: name => CREDENTIALS[name], env: {} },
    redact: text => text.replaceAll(SECRET, '***'),
    ...given,
  });
}

type Keys = { readonly [key: string]: Json };

/** A check that is described as in a file. */
export function opened(kind: 'http' | 'webhook' | 'metric', keys: Keys, given: Partial<CheckContext> = {}): Check {
  const config = configOf(kind, keys);
  const context = askingContext(given);
  if (config.kind === 'http') return httpCheck(config, context);
  if (config.kind === 'webhook') return webhookCheck(config, context);
  if (config.kind === 'metric') return metricCheck(config, context);
  throw new Error(`${config.kind} asks nobody`);
}

/** One sample of it. */
export function sampled(
  kind: 'http' | 'webhook' | 'metric',
  keys: Keys,
  given: Partial<CheckContext> = {},
  signal = new AbortController().signal,
): Promise<Sample> {
  return opened(kind, keys, given).sample(signal, false);
}
