import type { MetricConfig } from '../config/check-config.ts';
import { shownUrl } from '../manifests/download.ts';
import type { Pair } from '../release/plan.ts';
import { type Answer, ask } from './ask.ts';
import { awsSign, withoutKeys } from './aws.ts';
import type { Check, CheckContext, Sample } from './check.ts';
import { eachWorkload } from './each-workload.ts';
import { type Escape, filled, inUrl } from './fill-in.ts';
import { foundAt } from './json-path.ts';
import { heldAgainst, numberOf, reduced } from './number.ts';
import { isWebPage, measured, saying } from './said.ts';
import { sentBody } from './sent-body.ts';

/** Asks any JSON API and holds one number of its answer against limits. */
export function metricCheck(config: MetricConfig, context: CheckContext): Check {
  const { outside, clock } = context;
  const hideKeys = config.aws ? withoutKeys(outside.env) : (text: string) => text;
  const redact = (text: string): string => hideKeys(context.redact(text));
  const sign = config.aws && awsSign(config.aws, outside.env, clock);

  const sampleOne = async (pair: Pair | undefined, signal: AbortSignal): Promise<Sample> => {
    const fillIn = (text: string, written: Escape): string => filled(text, written, context, pair, config.windowMs);
    const { body, headers } = sentBody(config.body, config, fillIn);
    const question = {
      to: { url: fillIn(config.url, inUrl) },
      method: config.method,
      body,
      headers: { accept: 'application/json', ...headers },
      sign,
    };
    const answer = await ask({ ...context, redact }, question, config, signal);
    return sampleOf(jsonOf(answer, redact), answer, config, redact);
  };
  return {
    config,
    sample: signal =>
      measured({ redact }, () => eachWorkload(context, [config.url, config.body], pair => sampleOne(pair, signal))),
  };
}

function jsonOf(answer: Answer, redact: (text: string) => string): unknown {
  const { status, headers, text, from } = answer;
  const location = headers['location'];
  if (status >= 300 && status < 400 && location !== undefined)
    throw new Error(
      `${from} leads to ${redact(shownUrl(location))}, where nobody is asked; give that address if it is right`,
    );
  const what = isWebPage(answer) ? ' with a web page, perhaps to sign in' : '';
  if (status < 200 || status >= 300) throw new Error(`${from} answered ${status}${what || saying(text, redact)}`);
  if (what !== '') throw new Error(`${from} answered${what}, not with JSON`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const shown = text.trim() === '' ? 'with nothing' : 'with something else than JSON';
    throw new Error(`${from} answered ${shown}${saying(text, redact)}`, { cause });
  }
}

function sampleOf(
  json: unknown,
  { text, from }: Answer,
  { jsonPath, reduce, min, max }: MetricConfig,
  redact: (text: string) => string,
): Sample {
  const found = foundIn(json, jsonPath, from);
  if (found.length === 0 || (found.length === 1 && Array.isArray(found[0]) && found[0].length === 0))
    return { outcome: 'no-data', message: `${from}: ${jsonPath} finds nothing in the answer${saying(text, redact)}` };
  if (found.length > 1 && reduce === undefined)
    return {
      outcome: 'error',
      message: `${from}: ${jsonPath} finds ${found.length} values; make it find one, or say by reduce how one is made of them`,
    };
  const numbers = found.map(numberOf);
  const wrong = numbers.find(number => 'error' in number);
  if (wrong)
    return {
      outcome: 'error',
      message: `${from}: ${jsonPath} finds no number: ${redact(wrong.error)}${listHint(found)}`,
    };
  const values = numbers.flatMap(number => ('value' in number ? [number.value] : []));
  const [absent] = numbers.flatMap(number => ('noData' in number ? [number.noData] : []));
  if (values.length === 0) return { outcome: 'no-data', message: `${from}: ${jsonPath} finds ${absent ?? 'nothing'}` };
  const value = reduced(values, reduce ?? 'last');
  if (!Number.isFinite(value))
    return { outcome: 'error', message: `${from}: the ${reduce} of ${values.length} values is infinite` };
  const { outcome, message } = heldAgainst(value, { min, max });
  const of = found.length > 1 ? `${reduce} of ${values.length} ${values.length === 1 ? 'value' : 'values'}` : '';
  if (outcome === 'fail') return { outcome, message: `${from}: ${of && `${of} of `}${jsonPath} is ${message}`, value };
  return { outcome, message: `${of && `${of}: `}${message}`, value };
}

function foundIn(json: unknown, path: string, from: string): unknown[] {
  try {
    return foundAt(json, path);
  } catch (cause) {
    throw new Error(`${from}: the answer is nested too deeply to look for ${path} in it`, { cause });
  }
}

function listHint(found: readonly unknown[]): string {
  return found.some(Array.isArray) ? '; end the path with [*] or [-1]' : '';
}
