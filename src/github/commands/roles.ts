import { type Answer, type GitHub, GitHubError, type Patience } from '../github.ts';
import { ROLES, type Role } from './policy.ts';
import { namesText } from './refusal.ts';

/** What GitHub says a person has on the repository. */
export interface Held {
  /** As GitHub names it; empty where there is no role at all. */
  name: string;
  /** The strongest of GitHub's own roles that it is worth. */
  base: Role | undefined;
}

const NO_ROLE: Held = { name: '', base: undefined };

type Permission = Answer<'GET /repos/{owner}/{repo}/collaborators/{username}/permission'>;

/** In `permission`, GitHub tells maintain as write and triage as read. */
const LEGACY: Readonly<Record<Role, Role>> = {
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
};
/** The same five in `user.permissions`, under the names they have there. */
const FLAGS = { pull: 'read', triage: 'triage', push: 'write', maintain: 'maintain', admin: 'admin' } as const;

/** Asks for the role of each person once. A person unknown to the repository has none; every other failure is thrown. */
export function roleBook(github: GitHub, patience: Patience): (login: string) => Promise<Held> {
  const known = new Map<string, Promise<Held>>();
  return login => {
    const key = login.toLowerCase();
    const held = known.get(key) ?? heldRole(github, login, patience);
    known.set(key, held);
    return held;
  };
}

async function heldRole(github: GitHub, username: string, patience: Patience): Promise<Held> {
  try {
    const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
    return readHeld(await github.ask(route, { username }, patience));
  } catch (error) {
    if (error instanceof GitHubError && error.trouble === 'not-found') return NO_ROLE;
    throw error;
  }
}

/**
 * `permission` is the bound: what `role_name` and `user.permissions` say more exactly counts only within it, as an
 * organisation may name a role of its own like one of GitHub's.
 */
function readHeld({ permission, role_name: given, user }: Permission): Held {
  const bound = roleNamed(permission);
  if (bound === undefined) return NO_ROLE;
  const name = given || bound;
  const flags = user?.permissions ?? {};
  const told = Object.entries(FLAGS).map(([flag, role]) =>
    flags[flag as keyof typeof flags] === true ? role : undefined,
  );
  const base = [bound, roleNamed(name), ...told]
    .filter(role => role !== undefined && rank(LEGACY[role]) <= rank(LEGACY[bound]))
    .reduce((one, two) => (rank(two) > rank(one) ? two : one));
  return { name, base };
}

/** Whether one of the roles asked for is this one, or is one of GitHub's own and not above it. */
export function suffices({ name, base }: Held, wanted: readonly string[]): boolean {
  return wanted.some(asked => {
    const role = roleNamed(asked);
    if (role !== undefined) return rank(base) >= rank(role);
    return !isNone(asked) && asked.trim().toLowerCase() === name.toLowerCase();
  });
}

/** Whether there is a role that would suffice. */
export function namesAnyRole(wanted: readonly string[]): boolean {
  return wanted.some(asked => !isNone(asked));
}

/** `write or more, or release-manager`; `none` where no role suffices. */
export function wantedText(wanted: readonly string[]): string {
  const own = ROLES.find(role => wanted.some(asked => roleNamed(asked) === role));
  const custom = wanted.filter(asked => roleNamed(asked) === undefined && !isNone(asked));
  const some = own === 'admin' ? 'admin' : own && `${own} or more`;
  return [some, namesText(custom, 'or')].filter(Boolean).join(', or ') || 'none';
}

/** `triage`, `auditor (worth read)`, `no role` */
export function heldText({ name, base }: Held): string {
  if (name === '') return 'no role';
  return name.toLowerCase() === base ? base : `${namesText([name])} (worth ${base})`;
}

/** Pushing to the repository is what makes a review count. */
export function hasWrite({ base }: Held): boolean {
  return rank(base) >= rank('write');
}

function roleNamed(name: string): Role | undefined {
  const plain = name.trim().toLowerCase();
  return ROLES.find(role => role === plain);
}

/** GitHub says so of whoever has no role; as a role asked for, it names nobody. */
function isNone(name: string): boolean {
  return ['', 'none'].includes(name.trim().toLowerCase());
}

function rank(role: Role | undefined): number {
  return role === undefined ? -1 : ROLES.indexOf(role);
}
