import { fieldsOf, isLogin, isNumber, webAddress } from './shape.ts';

/** A new comment on a pull request, by a person. */
export interface CommentEvent {
  /** The comment's own number. */
  id: number;
  /** At most its first 10,000 characters: a command is in the first line. */
  body: string;
  /** Login of whoever wrote it. */
  author: string;
  /** When it was written, in milliseconds since the epoch; GitHub tells whole seconds. */
  at: number;
  url: string;
  pullRequest: number;
}

/** Why an event is not answered: only the run's log hears it. */
export interface Ignored {
  ignored: string;
}

const MOST_CHARACTERS = 10_000;

/** What every comment of ours begins with: to answer one would be to talk to ourselves without end. */
const OURS = '<!-- sluice';

type Fields = Readonly<Record<string, unknown>>;

/** What a workflow's event says; events of every kind and shape come here, and none of them is an error. */
export function readCommentEvent(payload: unknown, eventName: string | undefined): CommentEvent | Ignored {
  const event = fieldsOf(payload);
  const [comment, issue] = [fieldsOf(event['comment']), fieldsOf(event['issue'])];
  const [author, sender] = [fieldsOf(comment['user']), fieldsOf(event['sender'])];
  const ignored = notNew(event, eventName, issue) ?? notByPerson(comment, author, sender) ?? edited(comment);
  if (ignored !== undefined) return { ignored };
  const { id, body, html_url } = comment;
  const { number } = issue;
  if (!isNumber(id) || !isNumber(number)) return { ignored: 'the event does not number its comment and pull request' };
  if (typeof body !== 'string') return { ignored: 'the comment has no text' };
  if (body.trimStart().startsWith(OURS)) return { ignored: 'the comment is one of our own' };
  const url = webAddress(html_url);
  if (url === undefined) return { ignored: 'the event does not say at which address its comment is' };
  return {
    id,
    body: body.slice(0, MOST_CHARACTERS).toWellFormed(),
    author: author['login'] as string,
    at: Date.parse(comment['created_at'] as string),
    url,
    pullRequest: number,
  };
}

function notNew(event: Fields, eventName: string | undefined, issue: Fields): string | undefined {
  if (eventName !== 'issue_comment') {
    const name = JSON.stringify(String(eventName ?? '').slice(0, 40));
    return `the event is ${eventName ? name : 'not named'}; only issue_comment holds commands`;
  }
  if (event['action'] !== 'created') return 'the comment is not a new one: it was edited or deleted';
  const pull = issue['pull_request'];
  return typeof pull === 'object' && pull !== null ? undefined : 'the comment is on an issue, not on a pull request';
}

function notByPerson(comment: Fields, author: Fields, sender: Fields): string | undefined {
  if (isBot(author) || isBot(sender)) return 'the comment was written by a bot';
  if ((comment['performed_via_github_app'] ?? null) !== null) return 'the comment was written by an app';
  if (author['type'] !== 'User' || sender['type'] !== 'User') return 'the comment was not written by a user';
  if (!isLogin(author['login']) || !isLogin(sender['login'])) return 'the event does not say who wrote the comment';
  return author['login'] === sender['login'] ? undefined : 'the event was sent by somebody other than the author';
}

function isBot({ type, login }: Fields): boolean {
  return type === 'Bot' || (typeof login === 'string' && login.endsWith('[bot]'));
}

function edited(comment: Fields): string | undefined {
  const at = timeOf(comment['created_at']);
  if (at === undefined) return 'the event does not say when the comment was written';
  if (comment['updated_at'] === undefined) return undefined;
  const changed = timeOf(comment['updated_at']);
  if (changed === undefined) return 'the event does not say when the comment was last changed';
  return changed > at ? 'the comment was edited since it was written' : undefined;
}

/** ISO 8601 with the zone, as GitHub writes it; Date.parse alone takes much else for a time. */
function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 40) return undefined;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}
