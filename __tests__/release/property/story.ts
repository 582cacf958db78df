import type { TimedEvent } from '../../../src/release/events.ts';
import { type End, endText } from './play.ts';
import type { World } from './world.ts';

/** What happened, for whoever looks into a scenario that went wrong. */
export function storyOf({ scenario, startedAt: began }: World, ends: readonly End[]): string {
  const time = (at: number): string => `${new Date(at).toISOString().slice(11, 23)} ${(at - began) / 1_000}`.padEnd(22);
  const told = ends.flatMap(({ what, run }) =>
    run.events.flatMap(event => {
      const text = textOf(event);
      return text ? [{ at: event.at, text: `${what}: ${text}` }] : [];
    }),
  );
  const befell = scenario.happenings.map(({ atMs, happening }) => ({
    at: began + atMs,
    text: `** ${JSON.stringify(happening)}`,
  }));
  const lines = [...told, ...befell].toSorted((a, b) => a.at - b.at).map(({ at, text }) => `${time(at)}  ${text}`);
  return [...lines, ...ends.map(endText)].join('\n');
}

function textOf(event: TimedEvent): string | undefined {
  switch (event.type) {
    case 'step-started':
      return `> ${event.name}`;
    case 'step-ended':
      return event.outcome === 'done' ? undefined : `${event.outcome} ${event.name}: ${event.detail ?? ''}`;
    case 'resized':
      return `${event.ref.name} has ${event.replicas}`;
    case 'shifted':
      return `shifted to ${event.weight}`;
    case 'drift':
      return `drift: ${event.found.join('; ')}`;
    case 'commanded':
      return `told to ${event.verb}`;
    case 'paused':
      return `paused: ${event.pause.why}`;
    case 'going-back':
      return `goes back: ${event.error.message}`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'judged':
      return `judged ${event.verdict}`;
    default:
      return undefined;
  }
}
