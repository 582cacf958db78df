import { ADMIN, AUTHENTICATED, type Core, type User } from './core.ts';
import { authorize, refusal } from './rbac.ts';
import { failure, forbidden } from './statuses.ts';

/** Token that is the administrator's in every sandbox. */
export const ADMIN_TOKEN = 'admin';

const ACCOUNT = /^system:serviceaccount:([^:]+):[^:]+$/;

/** The groups that a name brings with it. */
export function userNamed(name: string, groups: readonly string[] = []): User {
  const namespace = ACCOUNT.exec(name)?.[1];
  const implied = namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  return { name, groups: [...new Set([...groups, ...implied, AUTHENTICATED])] };
}

export function userOfToken(core: Core, token: string): User | undefined {
  return token === ADMIN_TOKEN ? ADMIN : core.tokens.get(token);
}

/** Who asks: no credentials are the administrator (plain HTTP has none), an unknown token is 401, and who may impersonate does. */
export function authenticate(core: Core, headers: Readonly<Record<string, string | undefined>>): User {
  const token = /^Bearer\s+(.*)$/i.exec(headers['authorization'] ?? '')?.[1];
  const user = token === undefined ? ADMIN : userOfToken(core, token);
  if (!user) throw failure(401, 'Unauthorized', 'Unauthorized');
  const as = headers['impersonate-user'];
  if (as === undefined) return user;
  const asked = { verb: 'impersonate', group: '', resource: 'users', name: as };
  if (!authorize(core, user, asked).allowed) throw forbidden({ group: '', plural: 'users' }, as, refusal(user, asked));
  const groups = (headers['impersonate-group'] ?? '').split(',').map(group => group.trim());
  return userNamed(
    as,
    groups.filter(group => group !== ''),
  );
}
