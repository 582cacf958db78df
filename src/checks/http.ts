import type { HttpConfig } from '../config/check-config.ts';
import { conditionOf } from '../health/conditions.ts';
import type { Pod } from '../health/pod-view.ts';
import { shownUrl } from '../manifests/download.ts';
import type { Pair } from '../release/plan.ts';
import { type Answer, ask, NoAnswer, type Recipient } from './ask.ts';
import type { Check, CheckContext, Sample } from './check.ts';
import { eachWorkload } from './each-workload.ts';
import { asIs, filled, inUrl } from './fill-in.ts';
import { newPods } from './new-pods.ts';
import { podTarget } from './proxy-target.ts';
import { recipientOf } from './recipient.ts';
import { isWebPage, measured, saying } from './said.ts';
import { sentBody } from './sent-body.ts';

/** Asks an address, a Service or the pods of the new version: one sample is one request. */
export function httpCheck(config: HttpConfig, context: CheckContext): Check {
  const nextPod = podsInTurn(context);

  const askOne = async (pair: Pair | undefined, to: Recipient, signal: AbortSignal): Promise<Sample> => {
    const { body, headers } = sentBody(config.body, config, (text, written) => filled(text, written, context, pair));
    try {
      const answer = await ask(context, { to, method: config.method, body, headers }, config, signal);
      const contains = config.contains && filled(config.contains, asIs, context, pair);
      return { ...judged(answer, config, contains, context.redact), value: answer.ms };
    } catch (error) {
      if (error instanceof NoAnswer && error.why === 'silent') return { outcome: 'fail', message: error.message };
      throw error;
    }
  };
  const askAddress = (signal: AbortSignal): Promise<Sample> =>
    eachWorkload(context, [config.url, config.service, config.path, config.body, config.contains], pair => {
      // A url has a path of its own.
      const path = config.url === undefined ? filled(config.path, inUrl, context, pair) : '';
      const to = recipientOf(config, path, context, pair);
      if (!to) throw new Error('neither a url nor a Service is given');
      return askOne(pair, to, signal);
    });
  const askPod = async (signal: AbortSignal): Promise<Sample> => {
    const next = nextPod();
    if (!next) return { outcome: 'no-data', message: 'the new version has no pod that is ready' };
    const { pod, pair } = next;
    const proxy = podTarget(pod, config);
    if (!proxy)
      throw new Error(`Pod ${pod.metadata.name} has no port ${config.port}; name one of its containers’ ports`);
    return askOne(pair, { proxy, path: filled(config.path, inUrl, context, pair) }, signal);
  };
  const isOfPods = config.url === undefined && config.service === undefined;
  return {
    config,
    sample: signal => measured(context, () => (isOfPods ? askPod(signal) : askAddress(signal))),
  };
}

interface Turn {
  pod: Pod;
  pair: Pair;
}

/** Each ready pod once before one is asked again, whichever come and go. */
function podsInTurn({ pairs, view }: Pick<CheckContext, 'pairs' | 'view'>): () => Turn | undefined {
  const askedAt = new Map<string, number>();
  let turn = 0;
  return () => {
    const ready = pairs.flatMap(pair =>
      newPods(pair, view)
        .filter(pod => conditionOf(pod.status, 'Ready')?.status === 'True' && !pod.metadata.deletionTimestamp)
        .map(pod => ({ pod, pair, key: pod.metadata.uid ?? pod.metadata.name })),
    );
    const last = ({ key }: { key: string }): number => askedAt.get(key) ?? 0;
    const [next] = ready.sort((a, b) => last(a) - last(b) || a.pod.metadata.name.localeCompare(b.pod.metadata.name));
    if (!next) return undefined;
    turn += 1;
    askedAt.set(next.key, turn);
    return next;
  };
}

function judged(
  answer: Answer,
  { status: accepted, maxLatencyMs }: HttpConfig,
  contains: string | undefined,
  redact: (text: string) => string,
): Pick<Sample, 'outcome' | 'message'> {
  const { status, text, ms, from } = answer;
  const told = `${from} answered ${status}`;
  if (!accepted.some(([first, last]) => status >= first && status <= last))
    return { outcome: 'fail', message: `${told}, not ${rangesText(accepted)}${refusalOf(answer, redact)}` };
  if (contains !== undefined && !text.includes(contains))
    return {
      outcome: 'fail',
      message: `${told} without the text ${JSON.stringify(contains)}${saying(text, redact)}`,
    };
  if (maxLatencyMs !== undefined && ms > maxLatencyMs)
    return { outcome: 'fail', message: `${told} in ${ms} ms, slower than max-latency ${maxLatencyMs} ms` };
  return { outcome: 'pass', message: `${told} in ${ms} ms` };
}

function refusalOf({ status, headers, text }: Answer, redact: (text: string) => string): string {
  const location = headers['location'];
  if (status >= 300 && status < 400 && location !== undefined)
    return `; it leads to ${redact(shownUrl(location))}, where nobody is asked`;
  return isWebPage({ headers, text }) ? ', with a web page' : saying(text, redact);
}

function rangesText(ranges: HttpConfig['status']): string {
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(' or ');
}
