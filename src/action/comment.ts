import { type Reason, SluiceError } from '../errors.ts';
import { authorise, permittedVerbs } from '../github/commands/authorise.ts';
import { parseComment, type SpokenCommand } from '../github/commands/parse.ts';
import { type Conversation, converse } from '../github/conversation.ts';
import { type CommentEvent, readCommentEvent } from '../github/event.ts';
import type { Follower } from '../github/follower.ts';
import { type GitHub, GitHubError } from '../github/github.ts';
import { type PullRequest, readPullRequest } from '../github/pull-request.ts';
import { isAsAsked } from '../report/as-asked.ts';
import type { ReportModel } from '../report/model.ts';
import { helpReply, nearMissReply, outcomeReply, refusalReply, statusReply } from '../report/replies.ts';
import type { GitHubInputs } from './github-inputs.ts';
import { readEvent, runUrlOf } from './origin.ts';
import type { RunDeps } from './run.ts';

/** A command that somebody may say, before it is known what it comes to. */
export interface Heard {
  event: CommentEvent;
  command: SpokenCommand;
  /** As it was when the command was allowed. */
  pull: PullRequest;
  github: GitHub;
  /** Of this run: its own checks are not waited for. */
  ownRuns: readonly string[];
}

/** How long a question may take on which it depends whether a command is obeyed: rate limits of a minute are waited for. */
export const PATIENCE = { forMs: 90_000 };
const SAID_MS = 15_000;

interface Listening {
  github: GitHub | undefined;
  inputs: GitHubInputs;
  /** Is told the end of a run that obeys, so that the comment is answered. */
  follow: (follower: Follower) => void;
  /** Called as soon as it is known what is asked. */
  understood: (verb: SpokenCommand['verb']) => void;
}

/**
 * What the comment of this run's event asks for, where its author may. Undefined where there is nothing to be done: no
 * command, or one that is answered already. A refusal is thrown; the cluster is not asked for any of it.
 */
export async function hear(
  { core, env, clock }: Pick<RunDeps, 'core' | 'env' | 'clock'>,
  { github, inputs, follow, understood }: Listening,
): Promise<Heard | undefined> {
  if (!github)
    throw new SluiceError(
      'invalid-input',
      'Without a github-token no comment can be answered, nor its author be known.',
      {
        hint: 'Leave the input github-token out, which is the token of the workflow then, or give one that is not empty.',
      },
    );
  const event = readCommentEvent(readEvent(env), env['GITHUB_EVENT_NAME']);
  if ('ignored' in event) {
    core.info(`Nothing to do: ${event.ignored}.`);
    return undefined;
  }
  const { prefix, policy } = inputs;
  const spoken = parseComment(event.body, prefix);
  if (spoken.kind === 'none') {
    core.info('Nothing to do: the comment is no command.');
    return undefined;
  }
  const talk = converse(github, event, { clock, warn: core.warning });
  const to = event.author;
  if (spoken.kind === 'near-miss') {
    talk.reply(nearMissReply({ to, prefix, typed: spoken.typed, meant: spoken.meant }));
    await talk.said(SAID_MS);
    return undefined;
  }
  talk.react('eyes');
  const verb = spoken.kind === 'command' ? spoken.command.verb : spoken.verb;
  core.info(`${to} says ${verb} on pull request #${event.pullRequest}: ${event.url}`);
  understood(verb);
  const runUrl = runUrlOf(env);
  const runs = runUrl === undefined ? {} : { runUrl };
  follow(answering(talk, { to, verb, prefix, ...runs }));
  if (spoken.kind === 'bad-arguments') throw new SluiceError('refused', spoken.problem);
  const { command } = spoken;
  const pull = await known(() => readPullRequest(github, event.pullRequest, PATIENCE));
  if (verb === 'help') {
    const verbs = await known(() => permittedVerbs(github, event, pull, policy, PATIENCE));
    talk.reply(
      helpReply({
        to,
        prefix,
        verbs: verbs.map(one => ({ verb: one.verb, ...(one.refusal ? { refusal: one.refusal.message } : {}) })),
      }),
    );
    talk.react('rocket');
    await talk.said(SAID_MS);
    return undefined;
  }
  const permit = await authorise(github, event, command, pull, policy, PATIENCE);
  if (!permit.permitted) throw new SluiceError('refused', permit.refusal.message);
  return { event, command, pull, github, ownRuns: runUrl === undefined ? [] : [runUrl] };
}

/** Who may cannot be known without GitHub, and then nobody may. */
export async function known<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    throw new SluiceError('refused', `It could not be learned whether this may be done: ${error.message}`, {
      cause: error,
      hint: 'Say it again when GitHub answers.',
    });
  }
}

interface Addressed {
  to: string;
  verb: string;
  prefix: string;
  runUrl?: string;
}

/** Answers the comment with what the run came to. */
function answering(talk: Conversation, to: Addressed): Follower {
  return {
    see: () => undefined,
    end(report, { forMs }) {
      talk.reply(answerText(to, report));
      talk.react(isDone(report) ? 'rocket' : '-1');
      return talk.said(forMs);
    },
  };
}

/** Nothing was begun: the answer is why, and the way out. */
const NOT_DONE: readonly Reason[] = ['refused', 'no-release', 'locked'];

function answerText(to: Addressed, report: ReportModel): string {
  const { reason, failure, headline } = report;
  if (reason && NOT_DONE.includes(reason)) {
    const words = [failure?.headline ?? headline.serves, headline.next];
    return refusalReply({ ...to, message: words.filter(Boolean).join(' ') });
  }
  return report.standing ? statusReply({ ...to, report }) : outcomeReply({ ...to, report });
}

function isDone({ action, phase, reason }: ReportModel): boolean {
  return isAsAsked(action, { phase, ...(reason ? { error: new SluiceError(reason, '') } : {}) });
}
