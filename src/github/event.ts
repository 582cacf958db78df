/** A new comment on a pull request, by a person. */
export interface CommentEvent {
  /** The comment's own number. */
  id: number;
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

/** What a workflow's event says; events of every kind and shape come here, and none of them is an error. */
export function readCommentEvent(_payload: unknown, _eventName: string | undefined): CommentEvent | Ignored {
  throw new Error('stub');
}
