import type { Clock } from '../../clock.ts';
import { fakeSha, isBotLogin } from './names.ts';
import type { Scopes } from './permissions.ts';
import type { Comment, Membership, Team, User } from './records.ts';
import { FakeRepository } from './repository.ts';
import type { RepositorySeed } from './seeds.ts';

/** Where the answers' links lead. */
export interface Links {
  /** `http://127.0.0.1:43011` */
  api: string;
  /** `https://github.com` */
  html: string;
}

export interface Token {
  text: string;
  viewer: User;
  /** Slug of the app whose token it is; none of a person's. */
  app: string | undefined;
  scopes: Scopes;
  repository: FakeRepository;
}

/** GitHub's own, which every repository of the world knows. */
const KNOWN_IDS: Readonly<Record<string, number>> = { 'github-actions[bot]': 41898282, github: 9919 };

/** All that exists on this GitHub. */
export class World {
  readonly clock: Clock;
  links: Links;
  readonly tokens = new Map<string, Token>();
  readonly listeners = new Set<(comment: Comment) => void>();
  readonly #users = new Map<string, User>();
  readonly #teams = new Map<string, Team>();
  readonly #repositories = new Map<string, FakeRepository>();
  readonly #counters = new Map<string, number>();
  readonly #ids = new Map<string, number>();

  constructor(clock: Clock, html: string) {
    this.clock = clock;
    this.links = { api: '', html };
  }

  /** The next number of a kind of objects; large, as GitHub's are. */
  nextId(kind: string, from = 2_400_000_000): number {
    const id = this.#counters.get(kind) ?? from;
    this.#counters.set(kind, id + 1);
    return id;
  }

  /** The same for the same name. */
  idOf(kind: string, name: string): number {
    const key = `${kind} ${name}`;
    const id = this.#ids.get(key) ?? this.nextId(kind, 812_000_001);
    this.#ids.set(key, id);
    return id;
  }

  nextSha(): string {
    return fakeSha(`commit ${this.nextId('commit', 1)}`);
  }

  /** Who has this login, and from now on somebody. */
  user(login: string, type: User['type'] = isBotLogin(login) ? 'Bot' : 'User'): User {
    const known = this.#users.get(login.toLowerCase());
    if (known) return known;
    const user: User = { id: KNOWN_IDS[login] ?? this.nextId('user', 1_024_025), login, type };
    this.#users.set(login.toLowerCase(), user);
    return user;
  }

  findUser(login: string): User | undefined {
    return this.#users.get(login.toLowerCase());
  }

  addTeam(name: string, members: Readonly<Record<string, Membership>> | readonly string[]): void {
    const [organization = '', slug = ''] = name.split('/');
    const entries = Array.isArray(members)
      ? members.map((login: string): [string, Membership] => [login, 'member'])
      : Object.entries<Membership>(members as Readonly<Record<string, Membership>>);
    for (const [login] of entries) this.user(login);
    this.#teams.set(name.toLowerCase(), {
      id: this.nextId('team', 9_000_001),
      organization: this.user(organization, 'Organization'),
      slug,
      members: new Map(entries.map(([login, state]) => [login.toLowerCase(), state])),
    });
  }

  findTeam(organization: string, slug: string): Team | undefined {
    return this.#teams.get(`${organization}/${slug}`.toLowerCase());
  }

  addRepository(seed: string | RepositorySeed): FakeRepository {
    const repository = new FakeRepository(this, typeof seed === 'string' ? { name: seed } : seed);
    this.#repositories.set(repository.fullName.toLowerCase(), repository);
    return repository;
  }

  findRepository(fullName: string): FakeRepository | undefined {
    return this.#repositories.get(fullName.toLowerCase());
  }

  repositoryById(id: number): FakeRepository | undefined {
    return [...this.#repositories.values()].find(repository => repository.id === id);
  }

  tell(comment: Comment): void {
    for (const listener of this.listeners) listener(comment);
  }
}
