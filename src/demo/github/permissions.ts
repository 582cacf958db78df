/** What a token may have permissions for, by the names that workflows use; `members` only tokens of an app or a person can have. */
export const SCOPES = ['pull-requests', 'issues', 'contents', 'deployments', 'statuses', 'checks', 'members'] as const;
export type Scope = (typeof SCOPES)[number];
export type Access = 'none' | 'read' | 'write';
export type Scopes = Readonly<Partial<Record<Scope, Access>>>;

/** `pull-requests: write` */
export interface Need {
  scope: Scope;
  access: 'read' | 'write';
}

export function has(scopes: Scopes, { scope, access }: Need): boolean {
  const given = scopes[scope] ?? 'none';
  return given === 'write' || given === access;
}

/** As GitHub tells it in `x-accepted-github-permissions`: any one of these is enough. */
export function acceptedPermissions(needs: readonly Need[]): string {
  if (needs.length === 0) return 'metadata=read';
  return needs
    .map(({ scope, access }) => `${scope.replaceAll('-', '_')}=${access}`)
    .sort()
    .join('; ');
}

/** What a token has: a workflow that names some permissions has no others, but the repository's metadata. */
export function settledScopes(named: Scopes | undefined, rest: Access | undefined): Scopes {
  const others = rest ?? (named ? 'none' : 'write');
  const scopes = SCOPES.map(scope => [scope, named?.[scope] ?? (scope === 'members' ? 'none' : others)] as const);
  return Object.fromEntries(scopes);
}
