import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { summaryOf } from '../../src/report/summary.ts';
import { badInput, cancelled, failed, firstDeploy, rolledBack, succeeded, unchanged } from './models.ts';
import {
  blueGreenSucceeded,
  canarySucceeded,
  checkFailed,
  nothingDue,
  pausedForApproval,
  rejected,
  resumed,
  status,
} from './stories.ts';

const plain = { succeeded, firstDeploy, unchanged, rolledBack, failed, cancelled, badInput };
const inSteps = {
  pausedForApproval,
  canarySucceeded,
  checkFailed,
  rejected,
  blueGreenSucceeded,
  resumed,
  nothingDue,
  status,
};

const FOLDER = new URL('../golden/report/', import.meta.url);

/** `UPDATE_GOLDEN=1 npm test -- __tests__/report` writes them anew: read the diff before it is committed. */
function golden(name: string, rendered: string): string {
  const file = new URL(`${name}.md`, FOLDER);
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, rendered);
  }
  return readFileSync(file, 'utf8');
}

describe('the summary', () => {
  it.each(Object.entries({ ...plain, ...inSteps }))('of a release that ended as %s', (name, model) => {
    const rendered = summaryOf(model);
    expect(rendered).toBe(golden(name, rendered));
  });

  it('tells the cause right below the verdict, before any fact', () => {
    const rendered = summaryOf(rolledBack);
    const order = [
      '## ↩️ Rolled back',
      '**Now:**',
      '**Next:**',
      '[!CAUTION]',
      'ImagePullBackOff',
      'What you can do now',
      '| Took |',
    ];
    const places = order.map(words => rendered.indexOf(words));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });
});
