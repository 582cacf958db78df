import type { FieldError } from '../../types.ts';
import { at, invalid, required } from '../field-errors.ts';
import { validateIp } from '../ip-addresses.ts';
import { dnsSubdomainWithUnderscore } from '../names.ts';
import type { PodSpec } from './pod-spec-view.ts';

const MOST_NAMESERVERS = 3;
const MOST_SEARCHES = 32;
const LONGEST_SEARCHES = 2048;

export function validateDnsConfig({ dnsPolicy, dnsConfig }: PodSpec, path: string): FieldError[] {
  if (dnsPolicy === 'None' && !dnsConfig) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  if (dnsPolicy === 'None' && !dnsConfig?.nameservers?.length) {
    return [required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  const errors: FieldError[] = [];
  if (nameservers.length > MOST_NAMESERVERS) {
    errors.push(invalid(`${path}.nameservers`, nameservers, `must not have more than ${MOST_NAMESERVERS} nameservers`));
  }
  errors.push(...nameservers.flatMap((server, index) => validateIp(server, at(`${path}.nameservers`, index))));
  if (searches.length > MOST_SEARCHES) {
    errors.push(invalid(`${path}.searches`, searches, `must not have more than ${MOST_SEARCHES} search paths`));
  }
  if (searches.join(' ').length > LONGEST_SEARCHES) {
    const text = `must not have more than ${LONGEST_SEARCHES} characters (including spaces) in the search list`;
    errors.push(invalid(`${path}.searches`, searches, text));
  }
  searches.forEach((search, index) => {
    if (search === '.') return;
    const name = search.replace(/\.$/, '');
    const problems = dnsSubdomainWithUnderscore(name);
    errors.push(...problems.map(text => invalid(at(`${path}.searches`, index), name, text)));
  });
  options.forEach((option, index) => {
    if (!option.name) errors.push(required(at(`${path}.options`, index), 'must not be empty'));
  });
  return errors;
}
