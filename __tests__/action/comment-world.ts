import { mkdtempSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hear } from '../../src/action/comment.ts';
import { configurationOf } from '../../src/action/configured.ts';
import { readInputs } from '../../src/action/inputs.ts';
import { obey } from '../../src/action/obey.ts';
import { originOf } from '../../src/action/origin.ts';
import type { Task } from '../../src/action/perform.ts';
import { openReporter } from '../../src/action/reporter.ts';
import { askedAt, holderOf, releaseDeps } from '../../src/action/run.ts';
import { asSluiceError } from '../../src/release/engine.ts';
import type { Outcome } from '../../src/release/events.ts';
import { virtualClock } from '../../src/sandbox/virtual-clock.ts';
import { runVirtual } from '../../src/sandbox/virtual-run.ts';
import { HEAD, MERGE, PERMISSION, ROLE_ANSWERS } from '../github/commands/acme.ts';
import { type Answers, githubStub, type Stub } from '../github/github-stub.ts';
import { FirstWrite, type Watched } from './comment-cluster.ts';
import { type Log, openLog } from './runner-log.ts';

const START = Date.UTC(2026, 2, 14, 9, 26, 53);
/** When everything is said here: long after what the records tell. */
export const SAID_AT = START + 600_000;
export const REACT = 'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions';
export const REPLY = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
export const PULL = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';

const folder = mkdtempSync(join(tmpdir(), 'sluice-comment-'));
const eventPath = join(folder, 'event.json');
const eventFile = openSync(eventPath, 'w');
/** In bytes: space behind the JSON means nothing. */
const ROOM = 8_192;
const ENV = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_RUN_ID: '77',
};
const never = new AbortController().signal;
const NOT_CANCELLED = { stop: never, halt: never, giveUp: never, done: () => undefined };

/** The event of a new comment by ada on pull request 7. */
export function commentEvent(body: string): object {
  const at = `${new Date(SAID_AT).toISOString().slice(0, 19)}Z`;
  const ada = { login: 'ada', type: 'User' };
  return {
    action: 'created',
    issue: { number: 7, pull_request: {} },
    comment: {
      id: 501,
      body,
      html_url: 'https://github.com/acme/shop/pull/7#issuecomment-501',
      user: ada,
      created_at: at,
      updated_at: at,
    },
    sender: ada,
  };
}

/** Pull request 7, as GitHub answers; its release is of its head. */
export function pullAnswer(change: object = {}): object {
  const repo = { full_name: 'acme/shop' };
  return {
    number: 7,
    user: { login: 'Linus' },
    state: 'open',
    draft: false,
    merged: false,
    merge_commit_sha: MERGE,
    head: { sha: HEAD, ref: 'feature/cart', repo },
    base: { repo },
    html_url: 'https://github.com/acme/shop/pull/7',
    ...change,
  };
}

/** A GitHub that knows this pull request and role, and whatever else is answered; an error is thrown. */
export function answering(known: { pull?: object; role?: string; more?: Readonly<Record<string, unknown>> }): Answers {
  const { pull = pullAnswer(), role = 'admin', more = {} } = known;
  const answers: Readonly<Record<string, unknown>> = {
    [PULL]: pull,
    [PERMISSION]: ROLE_ANSWERS[role],
    [REACT]: {},
    [REPLY]: {},
    ...more,
  };
  return ({ route }) => {
    if (!(route in answers)) throw new Error(`nobody should ask ${route}`);
    return { answer: answers[route] };
  };
}

export interface Run {
  /** Undefined where nothing was to be done. */
  outcome: Outcome | undefined;
  /** The first write that it came to, `create Lease default/sluice.shop`: there it was stopped. */
  write: string | undefined;
  /** Requests that the cluster got. */
  requests: number;
  github: Stub;
  /** In milliseconds. */
  took: number;
  log: Log;
  replies: string[];
  reactions: string[];
}

/** A reply as it is read: without what keeps markdown and mentions from working. */
export function asRead(reply: string | undefined = ''): string {
  return reply.replace(/[\\\u200b]/g, '');
}

export interface Saying {
  answers: Answers;
  /** Of the action. */
  inputs?: Readonly<Record<string, string>>;
  eventName?: string;
  cluster?: Watched;
  /** What the run comes to where the comment may be obeyed, and there is no cluster. */
  end?: Outcome;
}

/** For ten thousand events, a new file or another length for each takes longer than all the rest. */
function writeEvent(event: unknown): string {
  const text = Buffer.from(JSON.stringify(event));
  if (text.length <= ROOM) {
    writeSync(eventFile, Buffer.concat([text, Buffer.alloc(ROOM - text.length, ' ')]), 0, ROOM, 0);
    return eventPath;
  }
  const longer = join(folder, 'longer.json');
  writeFileSync(longer, text);
  return longer;
}

/** One run of the action with this event, as `run` does it, on a cluster where the first write is its end. */
export async function hearing(event: unknown, saying: Saying): Promise<Run> {
  const { answers, inputs: given = {}, eventName = 'issue_comment', cluster, end } = saying;
  const clock = cluster?.clock ?? virtualClock(SAID_AT);
  const log = openLog({ action: 'comment', namespace: 'default', 'github-token': 'ghs_x', ...given });
  const deps = {
    core: log.core,
    env: { ...ENV, GITHUB_EVENT_NAME: eventName, GITHUB_EVENT_PATH: writeEvent(event) },
    clock,
    cancellation: NOT_CANCELLED,
  };
  const github = githubStub(clock, answers);
  const before = { at: clock.now(), requests: cluster?.requests() ?? 0 };
  let write: string | undefined;

  /** As `attempt` of run.ts, but for where GitHub and the cluster come from. */
  const attempt = async (reporter: ReturnType<typeof openReporter>): Promise<Outcome | undefined> => {
    const inputs = readInputs(log.core, deps.env);
    const heard = await hear(deps, {
      github,
      inputs: inputs.github,
      follow: reporter.follow,
      understood: verb => {
        reporter.asked = { ...reporter.asked, action: verb };
      },
    });
    if (!heard || !cluster) return heard && end;
    const configuration = await configurationOf(inputs, folder);
    const task: Task = { inputs, configuration, origin: originOf(deps.env), holder: holderOf(deps.env), reporter };
    try {
      return await obey(releaseDeps(deps, cluster.cluster, reporter, task), task, heard);
    } catch (error) {
      if (!(error instanceof FirstWrite)) throw error;
      write = error.message;
      // What comes after it is not of these tests.
      return { phase: 'succeeded' };
    }
  };
  const whole = async (): Promise<Outcome | undefined> => {
    const reporter = openReporter(log.core, clock, askedAt(deps.env, clock.now()), undefined);
    const outcome = await attempt(reporter).catch(
      (error: unknown): Outcome => ({ phase: 'failed', error: asSluiceError(error) }),
    );
    if (outcome) await reporter.end(outcome);
    else reporter.endQuietly();
    return outcome;
  };
  const outcome = await runVirtual(clock, whole());
  const told = (route: string, key: string): string[] =>
    github.calls.filter(call => call.route === route).map(({ parameters }) => String(parameters[key]));
  return {
    outcome,
    write,
    requests: (cluster?.requests() ?? 0) - before.requests,
    github,
    took: clock.now() - before.at,
    log,
    replies: told(REPLY, 'body'),
    reactions: told(REACT, 'content'),
  };
}
