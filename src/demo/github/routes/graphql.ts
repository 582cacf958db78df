import { Problem } from '../problems.ts';
import type { Token } from '../world.ts';
import type { Answer } from './route.ts';

/** The only question that is answered here; errors come with status 200, as everywhere in GraphQL. */
const VIEWER = '{viewer{login}}';

export function answerGraphql(caller: Token | undefined, body: unknown): Answer {
  if (!caller) throw new Problem(401, 'This endpoint requires you to be authenticated.');
  const query = (body as { query?: unknown } | null)?.query;
  if (typeof query !== 'string') {
    return {
      status: 200,
      body: { errors: [{ message: 'A query attribute must be specified and must be a string.' }] },
    };
  }
  const asked = query.replace(/\s+/g, '').replace(/^query(?={)/, '');
  if (asked === VIEWER) return { status: 200, body: { data: { viewer: { login: caller.viewer.login } } } };
  const [, field = asked] = /(\w+)/.exec(asked) ?? [];
  const message = `Field '${field}' doesn't exist on type 'Query'`;
  const extensions = { code: 'undefinedField', typeName: 'Query', fieldName: field };
  return {
    status: 200,
    body: { errors: [{ path: ['query', field], extensions, locations: [{ line: 1, column: 3 }], message }] },
  };
}
