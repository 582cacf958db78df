import { CommitBook } from './commit-book.ts';
import { IssueBook } from './issue-book.ts';
import type { Comment, Deployment, Issue, Reaction, Role, User } from './records.ts';
import type { Collaboration, RepositorySeed } from './seeds.ts';
import type { World } from './world.ts';

/** One repository: what happens there without the API is done by these methods, as its people would do it on the site. */
export class FakeRepository {
  readonly id: number;
  readonly owner: User;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly defaultBranch: string;
  readonly createdAt: number;
  /** Issues and pull requests, with their comments and reviews. */
  readonly issues: IssueBook;
  /** Commits and branches, with their checks and statuses. */
  readonly commits: CommitBook;
  /** The oldest first. */
  readonly deployments: Deployment[] = [];
  readonly #world: World;
  readonly #roles = new Map<string, Role>();

  constructor(world: World, seed: RepositorySeed) {
    const [owner = '', name = ''] = seed.name.split('/');
    this.#world = world;
    this.id = world.idOf('repository', seed.name);
    this.owner = world.user(owner, seed.ofUser ? 'User' : 'Organization');
    this.name = name;
    this.isPrivate = seed.isPrivate ?? false;
    this.defaultBranch = seed.defaultBranch ?? 'main';
    this.createdAt = world.clock.now();
    this.commits = new CommitBook(world, this);
    this.issues = new IssueBook(world, this);
    this.commits.add({ branch: this.defaultBranch, message: 'Initial commit' });
    if (seed.ofUser) this.setRole(owner, 'admin');
    for (const [login, role] of Object.entries(seed.collaborators ?? {})) this.setRole(login, role);
  }

  get fullName(): string {
    return `${this.owner.login}/${this.name}`;
  }

  setRole(login: string, role: Collaboration): void {
    this.#world.user(login);
    this.#roles.set(login.toLowerCase(), typeof role === 'string' ? { name: role, base: role } : role);
  }

  /** Who has no role of their own may read what is public. */
  roleOf(login: string): Role {
    const own = this.#roles.get(login.toLowerCase());
    if (own && !(own.base === 'none' && !this.isPrivate)) return own;
    return this.isPrivate ? { name: 'none', base: 'none' } : { name: 'read', base: 'read' };
  }

  hasRole(login: string): boolean {
    const own = this.#roles.get(login.toLowerCase());
    return own !== undefined && own.base !== 'none';
  }

  /** `OWNER`, `MEMBER`, `COLLABORATOR` or `NONE`. */
  associationOf(user: User): string {
    if (user.login === this.owner.login) return 'OWNER';
    if (!this.hasRole(user.login)) return 'NONE';
    return this.owner.type === 'Organization' ? 'MEMBER' : 'COLLABORATOR';
  }

  /** Writes a comment as a person does. */
  comment(issue: number, author: string, body: string): Comment {
    return this.issues.addComment(issue, { author: this.#world.user(author), body, viaApp: undefined });
  }

  /** All comments of an issue or pull request, the oldest first. */
  comments(issue: number): readonly Comment[] {
    return this.issues.commentsOf(issue);
  }

  react(commentId: number, login: string, content: Reaction): void {
    this.issues.react(this.issues.comment(commentId), this.#world.user(login), content);
  }

  issue(number: number): Issue {
    return this.issues.get(number);
  }
}
