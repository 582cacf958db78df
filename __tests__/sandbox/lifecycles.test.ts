import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type Entry, FOLDER, readRecording } from './lifecycles/recording.ts';
import { compare } from './lifecycles/rules.ts';
import { replay } from './lifecycles/run.ts';

/** The recorder watched each kind by itself, so that what it wrote down may be out of order between kinds. */
const OF_WATCHES = /came before its owner|was an endpoint before/;

function withWrongReason(entry: Entry): Entry {
  const { conditions: right } = entry.status as { conditions: object[] };
  const conditions = right.map(condition => ({ ...condition, reason: 'Wrong' }));
  return { ...entry, status: { ...entry.status, conditions } };
}

const files = readdirSync(FOLDER).filter(file => file.endsWith('.json'));

describe('the recorded lifecycles', () => {
  it.each(files)('%s holds what must hold', file => {
    const recording = readRecording(file);
    const { problems, exact, objects } = compare(recording.events, replay(recording));
    const verdict = problems.length === 0 ? 'ok' : `${problems.length} problems`;
    process.stdout.write(
      `lifecycle ${recording.name}: ${verdict}, ${exact} of ${objects} objects state by state as recorded\n`,
    );
    expect(problems).toEqual([]);
  });

  it.each(files)('%s holds by its own rules, and what is wrong in it is noticed', file => {
    const { events } = readRecording(file);
    const shown = events.filter(({ action }) => !action);
    const problems = (changed: Entry[]): string[] =>
      compare(events, changed).problems.filter(text => !OF_WATCHES.test(text));
    expect(problems(shown)).toEqual([]);
    expect(problems(shown.filter(({ kind }) => kind !== 'Event'))).not.toEqual([]);
    const pod = shown.find(({ kind }) => kind === 'Pod')?.name;
    expect(problems(shown.filter(({ name }) => name !== pod))).not.toEqual([]);
    const at = shown.findLastIndex(({ status }) => status?.['conditions']);
    expect(problems(shown.map((entry, index) => (index === at ? withWrongReason(entry) : entry)))).not.toEqual([]);
  });

  it('are the same run every time', () => {
    const recording = readRecording('deployment-update-25-25.json');
    expect(replay(recording)).toEqual(replay(recording));
  });
});
