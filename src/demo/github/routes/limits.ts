import { invalid } from '../problems.ts';

const LONGEST_COMMENT = 65_536;
const LONGEST_DESCRIPTION = 140;

/** Throws where a comment is empty, or longer than GitHub says that it takes. */
export function checkComment(body: string): void {
  const said = (message: string) => invalid('IssueComment', 'data', message, 'unprocessable');
  if (body.trim() === '') throw said('Body cannot be blank');
  if ([...body].length > LONGEST_COMMENT) throw said(`Body is too long (maximum is ${LONGEST_COMMENT} characters)`);
}

export function checkDescription(resource: string, description: string | undefined): void {
  if ([...(description ?? '')].length <= LONGEST_DESCRIPTION) return;
  const message = `description is too long (maximum is ${LONGEST_DESCRIPTION} characters)`;
  throw invalid(resource, 'description', message);
}

export function checkUrl(resource: string, field: string, url: string | undefined): void {
  if (url && !/^https?:\/\//.test(url)) throw invalid(resource, field, `${field} must use http(s) scheme`);
}
