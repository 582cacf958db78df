import { type Clock, systemClock } from '../../clock.ts';
import type { Call } from './calls.ts';
import type { Exchange } from './exchange.ts';
import { type FaultBook, Faults } from './faults.ts';
import { fakeSha, isBotLogin } from './names.ts';
import { commentPayload } from './payload.ts';
import { type Scopes, settledScopes } from './permissions.ts';
import { RateLimits } from './rate-limits.ts';
import type { Comment, Membership } from './records.ts';
import type { FakeRepository } from './repository.ts';
import type { RepositorySeed } from './seeds.ts';
import { listen } from './server.ts';
import { World } from './world.ts';

export interface GitHubOptions {
  clock?: Clock;
  /** `acme/shop`, public, unless said otherwise. */
  repositories?: readonly (string | RepositorySeed)[];
  /** As GitHub Enterprise Server, whose API lies below `/api/v3`. */
  enterprise?: boolean;
  /** Of each token; without a token it is 60. 15,000 unless said otherwise, as on Enterprise Cloud. */
  requestsPerHour?: number;
  /** Sees every answer that a request got from GitHub itself, not those of faults. */
  onExchange?: (exchange: Exchange) => void;
}

/** A server that answers as GitHub's API does, about repositories that are made up. */
export interface FakeGitHub {
  /** For GITHUB_API_URL: `http://127.0.0.1:43011`. */
  readonly url: string;
  /** For GITHUB_GRAPHQL_URL. */
  readonly graphqlUrl: string;
  /** For GITHUB_SERVER_URL; nothing answers there. */
  readonly serverUrl: string;
  /** The first of the repositories. */
  readonly repository: FakeRepository;
  /** `acme/shop` */
  repositoryOf(fullName: string): FakeRepository;
  addRepository(seed: string | RepositorySeed): FakeRepository;
  /** Users whom other methods name exist by that, so this is for those who do nothing; names that end in `[bot]` are bots. */
  addUser(login: string): void;
  /** `acme/release-team` */
  addTeam(name: string, members: Readonly<Record<string, Membership>> | readonly string[]): void;
  /** A new token: a workflow's, which may write everything of its repository but knows nothing of teams, unless said otherwise. */
  token(options?: TokenOptions): string;
  /** From now on the token is not known any more. */
  revoke(token: string): void;
  readonly faults: FaultBook;
  /** All requests so far, the oldest first. */
  readonly calls: readonly Call[];
  /** Hears of each new comment, also of those which start no workflow; returns what ends that. */
  onComment(listener: (comment: Comment) => void): () => void;
  /** The webhook's payload of `issue_comment`, as a workflow finds it at GITHUB_EVENT_PATH; `before`: the text that was edited. */
  commentPayload(comment: Comment, action?: 'created' | 'edited' | 'deleted', before?: string): Record<string, unknown>;
  close(): Promise<void>;
}

export interface TokenOptions {
  /** Whom it speaks for: `github-actions[bot]` unless said otherwise. A person's token is a fine-grained personal access token. */
  login?: string;
  /** As a workflow writes them; the others are what `rest` says. */
  permissions?: Scopes;
  /** What is not in `permissions`: `write` where there are none, `none` where there are some, as in a workflow. */
  rest?: 'none' | 'read' | 'write';
  /** The repository that it is for, the first unless said otherwise; others are only read, where they are public. */
  repository?: string;
}

const REQUESTS_PER_HOUR = 15_000;

/** Starts a GitHub at a free port of this host. */
export async function openGitHub(options: GitHubOptions = {}): Promise<FakeGitHub> {
  const clock = options.clock ?? systemClock;
  const serverUrl = options.enterprise ? 'https://github.acme.example' : 'https://github.com';
  const world = new World(clock, serverUrl);
  const faults = new Faults(clock);
  const calls: Call[] = [];
  const { origin, close } = await listen({
    world,
    faults,
    calls,
    limits: new RateLimits(clock, options.requestsPerHour ?? REQUESTS_PER_HOUR),
    isEnterprise: options.enterprise ?? false,
    onExchange: options.onExchange ?? (() => {}),
  });
  const url = options.enterprise ? `${origin}/api/v3` : origin;
  world.links = { api: url, html: serverUrl };
  for (const seed of options.repositories ?? ['acme/shop']) world.addRepository(seed);
  const repositoryOf = (fullName: string): FakeRepository => {
    const repository = world.findRepository(fullName);
    if (!repository) throw new Error(`this GitHub has no repository ${fullName}: add it first`);
    return repository;
  };
  const firstName = nameOf(options.repositories?.[0] ?? 'acme/shop');
  return {
    url,
    graphqlUrl: options.enterprise ? `${origin}/api/graphql` : `${origin}/graphql`,
    serverUrl,
    repository: repositoryOf(firstName),
    repositoryOf,
    addRepository: seed => world.addRepository(seed),
    addUser: login => {
      world.user(login);
    },
    addTeam: (name, members) => world.addTeam(name, members),
    token: ({ login = 'github-actions[bot]', permissions, rest, repository = firstName } = {}) => {
      const isApp = isBotLogin(login);
      const text = `${isApp ? 'ghs' : 'github_pat'}_${fakeSha(`token ${world.nextId('token', 1)}`).slice(0, 36)}`;
      world.tokens.set(text, {
        text,
        viewer: world.user(login),
        app: isApp ? login.replace(/\[bot\]$/, '') : undefined,
        scopes: settledScopes(permissions, rest),
        repository: repositoryOf(repository),
      });
      return text;
    },
    revoke: token => {
      world.tokens.delete(token);
    },
    faults,
    calls,
    onComment: listener => {
      world.listeners.add(listener);
      return () => world.listeners.delete(listener);
    },
    commentPayload: (comment, action = 'created', before) => commentPayload(world, comment, action, before),
    close,
  };
}

const nameOf = (seed: string | RepositorySeed): string => (typeof seed === 'string' ? seed : seed.name);
