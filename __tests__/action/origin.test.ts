import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { originOf } from '../../src/action/origin.ts';

const path = join(mkdtempSync(join(tmpdir(), 'sluice-origin-')), 'event.json');

function originOfEvent(event: unknown): Pick<ReturnType<typeof originOf>, 'commit' | 'ref' | 'pullRequest'> {
  writeFileSync(path, typeof event === 'string' ? event : JSON.stringify(event));
  const { commit, ref, pullRequest } = originOf({
    GITHUB_SHA: 'of-the-runner',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_EVENT_PATH: path,
  });
  return { commit, ref, pullRequest } as ReturnType<typeof originOf>;
}

describe('where a run comes from', () => {
  const RUNNER = { commit: 'of-the-runner', ref: 'refs/heads/main', pullRequest: undefined };

  it.each<[string, unknown, object]>([
    ['a push', { ref: 'refs/heads/main' }, RUNNER],
    ['no payload that can be read', '{', RUNNER],
    ['null', null, RUNNER],
    // The runner's commit is the merge that GitHub tries, which nobody has seen.
    [
      'a pull request',
      { pull_request: { number: 7, head: { sha: 'head' } } },
      { ...RUNNER, commit: 'head', pullRequest: 7 },
    ],
    [
      'another workflow',
      { workflow_run: { head_sha: 'built', pull_requests: [{ number: 7 }] } },
      { ...RUNNER, commit: 'built', pullRequest: 7 },
    ],
    // The runner's commit and branch are the default branch's: the comment is about neither.
    [
      'a comment on a pull request',
      { issue: { number: 7, pull_request: {} } },
      { commit: undefined, ref: undefined, pullRequest: 7 },
    ],
    ['a comment on an issue', { issue: { number: 7 } }, { commit: undefined, ref: undefined, pullRequest: undefined }],
    ['a number that is none', { pull_request: { number: '7' } }, RUNNER],
  ])('%s', (_name, event, expected) => {
    expect(originOfEvent(event)).toEqual(expected);
  });
});
