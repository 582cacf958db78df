import type { Sample } from './check.ts';

const ORDER: readonly Sample['outcome'][] = ['fail', 'error', 'no-data', 'too-early', 'undecided', 'pass'];

/** One sample of those of several workloads, which move in step: the worst outcome, and the messages of all that have it. */
export function worstOf(samples: readonly Sample[]): Sample {
  const outcome = ORDER.find(one => samples.some(sample => sample.outcome === one)) ?? 'no-data';
  const decisive = samples.filter(sample => sample.outcome === outcome);
  const [first] = decisive;
  return {
    outcome,
    message: decisive.map(({ message }) => message).join('; '),
    ...(first?.value === undefined ? {} : { value: first.value }),
    ...(outcome === 'pass' && samples.every(({ isSettled }) => isSettled) ? { isSettled: true } : {}),
    ...(first?.trouble ? { trouble: first.trouble } : {}),
  };
}
