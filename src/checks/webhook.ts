import type { WebhookConfig } from '../config/check-config.ts';
import { shownUrl } from '../manifests/download.ts';
import { ask } from './ask.ts';
import type { Check, CheckContext, Sample } from './check.ts';
import { filled, inUrl } from './fill-in.ts';
import { measured, saying } from './said.ts';

/** What is posted; docs/checks.md describes it. */
export interface WebhookFacts {
  version: 1;
  release: string;
  /** Of the release's record. */
  namespace: string;
  revision: number;
  weight: number;
  commit: string | null;
  runUrl: string | null;
  pullRequest: number | null;
  /** Name of the check. */
  check: string;
  workloads: { kind: string; namespace: string; name: string; canary: string }[];
  /** In RFC 3339. */
  at: string;
}

/** Posts the release's facts; whoever gets them decides. */
export function webhookCheck(config: WebhookConfig, context: CheckContext): Check {
  const { redact } = context;
  const sample = async (signal: AbortSignal): Promise<Sample> => {
    const url = filled(config.url, inUrl, context, context.pairs[0]);
    const body = JSON.stringify(factsOf(config.name, context));
    const headers = { 'content-type': 'application/json', accept: '*/*' };
    const answer = await ask(context, { to: { url }, method: 'POST', body, headers }, config, signal);
    const { status, text, from } = answer;
    if (status >= 200 && status < 300) return { outcome: 'pass', message: `${from} answered ${status}` };
    const location = answer.headers['location'];
    const leads =
      status < 400 && location !== undefined
        ? `; it leads to ${redact(shownUrl(location))}, where nothing is posted`
        : '';
    return { outcome: 'fail', message: `${from} answered ${status}${leads || saying(text, redact)}` };
  };
  return { config, sample: signal => measured(context, () => sample(signal)) };
}

function factsOf(check: string, { facts, pairs, clock }: CheckContext): WebhookFacts {
  const { release, namespace, revision, weight, commit = null, runUrl = null, pullRequest = null } = facts;
  const workloads = pairs.map(({ stable, twin }) => ({
    kind: stable.kind,
    namespace: stable.namespace ?? '',
    name: stable.name,
    canary: twin.name,
  }));
  const at = new Date(clock.now()).toISOString();
  return { version: 1, release, namespace, revision, weight, commit, runUrl, pullRequest, check, workloads, at };
}
