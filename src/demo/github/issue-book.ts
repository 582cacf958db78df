import type { Comment, GivenReaction, Issue, PullPart, PullRequest, Reaction, Review, User } from './records.ts';
import type { FakeRepository } from './repository.ts';
import type { PullSeed, ReviewSeed } from './seeds.ts';
import type { World } from './world.ts';

/** A repository's issues and pull requests. Methods that name one which does not exist throw. */
export class IssueBook {
  readonly #world: World;
  readonly #repository: FakeRepository;
  readonly #issues = new Map<number, Issue>();
  readonly #comments = new Map<number, Comment>();

  constructor(world: World, repository: FakeRepository) {
    this.#world = world;
    this.#repository = repository;
  }

  addIssue(seed: { author: string; number?: number; title?: string; body?: string }): Issue {
    const at = this.#world.clock.now();
    const issue: Issue = {
      id: this.#world.nextId('issue'),
      number: seed.number ?? Math.max(0, ...this.#issues.keys()) + 1,
      title: seed.title ?? 'Prices are wrong by a cent',
      body: seed.body ?? '',
      author: this.#world.user(seed.author),
      state: 'open',
      isLocked: false,
      createdAt: at,
      updatedAt: at,
      closedAt: undefined,
      pull: undefined,
    };
    if (this.#issues.has(issue.number)) throw new Error(`${this.#place(issue.number)} exists already`);
    this.#issues.set(issue.number, issue);
    return issue;
  }

  addPull(seed: PullSeed): PullRequest {
    const { commits, fullName, defaultBranch } = this.#repository;
    const headRef = seed.headRef ?? 'feature';
    const headRepository = seed.headRepository ?? fullName;
    const isOwn = headRepository === fullName;
    const head = commits.add({
      ...(seed.headSha ? { sha: seed.headSha } : {}),
      ...(isOwn ? { branch: headRef } : {}),
      author: seed.author,
    });
    const baseRef = seed.baseRef ?? defaultBranch;
    const pull: PullPart = {
      id: this.#world.nextId('pull', 2_100_000_000),
      headSha: head,
      headRef,
      headRepository: headRepository === 'deleted' ? undefined : headRepository,
      headOwner: this.#world.user(headRepository === 'deleted' ? seed.author : (headRepository.split('/')[0] ?? '')),
      commits: [head],
      baseRef,
      baseSha: commits.branch(baseRef) ?? commits.add({ branch: baseRef }),
      isDraft: seed.isDraft ?? false,
      mergedAt: undefined,
      mergedBy: undefined,
      mergeSha: this.#world.nextSha(),
      reviews: [],
    };
    const issue = Object.assign(this.addIssue({ title: 'Show the cart', ...seed }), { pull });
    if (seed.state === 'closed') this.close(issue.number);
    if (seed.state === 'merged') this.merge(issue.number, seed.mergeSha ? { sha: seed.mergeSha } : {});
    return issue;
  }

  find(number: number): Issue | undefined {
    return this.#issues.get(number);
  }

  get(number: number): Issue {
    const issue = this.find(number);
    if (!issue) throw new Error(`there is no ${this.#place(number)}`);
    return issue;
  }

  pull(number: number): PullRequest {
    const issue = this.get(number);
    if (!isPull(issue)) throw new Error(`${this.#place(number)} is an issue and no pull request`);
    return issue;
  }

  /** Moves the head; by `force` what it had before is gone. Returns the new head. */
  push(number: number, sha?: string, options: { force?: boolean } = {}): string {
    const issue = this.pull(number);
    const { pull } = issue;
    const isOwn = pull.headRepository === this.#repository.fullName;
    pull.headSha = this.#repository.commits.add({
      ...(sha ? { sha } : {}),
      ...(isOwn ? { branch: pull.headRef } : {}),
      author: issue.author.login,
    });
    pull.commits = [...(options.force ? [] : pull.commits), pull.headSha];
    pull.mergeSha = this.#world.nextSha();
    this.#touch(issue);
    return pull.headSha;
  }

  setDraft(number: number, isDraft: boolean): void {
    const issue = this.pull(number);
    issue.pull.isDraft = isDraft;
    this.#touch(issue);
  }

  close(number: number): void {
    const issue = this.get(number);
    issue.state = 'closed';
    issue.closedAt = this.#touch(issue);
  }

  reopen(number: number): void {
    const issue = this.get(number);
    issue.state = 'open';
    issue.closedAt = undefined;
    this.#touch(issue);
  }

  /** Returns the merge, which is the base branch's new head. */
  merge(number: number, options: { sha?: string; by?: string } = {}): string {
    const issue = this.pull(number);
    const { pull } = issue;
    this.close(number);
    pull.mergedAt = issue.closedAt;
    pull.mergedBy = this.#world.user(options.by ?? issue.author.login);
    pull.mergeSha = this.#repository.commits.add({
      ...(options.sha ? { sha: options.sha } : {}),
      branch: pull.baseRef,
      author: pull.mergedBy.login,
      message: `Merge pull request #${number}`,
    });
    return pull.mergeSha;
  }

  setLocked(number: number, isLocked: boolean): void {
    this.get(number).isLocked = isLocked;
  }

  /** As when a contributor deletes the fork that a pull request comes from. */
  deleteHeadRepository(number: number): void {
    this.pull(number).pull.headRepository = undefined;
  }

  review(number: number, seed: ReviewSeed): Review {
    const { pull } = this.pull(number);
    const review: Review = {
      id: this.#world.nextId('review', 2_900_000_000),
      author: this.#world.user(seed.author),
      state: seed.state,
      body: seed.body ?? '',
      commitId: seed.commitId === undefined ? pull.headSha : seed.commitId,
      at: this.#world.clock.now(),
    };
    pull.reviews.push(review);
    return review;
  }

  addComment(number: number, written: Pick<Comment, 'body' | 'author' | 'viaApp'>): Comment {
    const issue = this.get(number);
    const at = this.#touch(issue);
    const comment: Comment = {
      id: this.#world.nextId('comment', 3_100_000_000),
      repository: this.#repository.fullName,
      issue: number,
      createdAt: at,
      updatedAt: at,
      startsWorkflows: written.viaApp !== 'github-actions',
      reactions: [],
      ...written,
    };
    this.#comments.set(comment.id, comment);
    this.#world.tell(comment);
    return comment;
  }

  findComment(id: number): Comment | undefined {
    return this.#comments.get(id);
  }

  comment(id: number): Comment {
    const comment = this.findComment(id);
    if (!comment) throw new Error(`${this.#repository.fullName} has no comment ${id}`);
    return comment;
  }

  commentsOf(number: number): readonly Comment[] {
    return [...this.#comments.values()].filter(comment => comment.issue === number);
  }

  editComment(id: number, body: string): void {
    const comment = this.comment(id);
    comment.body = body;
    comment.updatedAt = this.#world.clock.now();
  }

  deleteComment(id: number): void {
    this.#comments.delete(this.comment(id).id);
  }

  /** The reaction, and whether it is new: nobody gives the same one twice. */
  react(comment: Comment, user: User, content: Reaction): { reaction: GivenReaction; isNew: boolean } {
    const earlier = comment.reactions.find(one => one.user === user && one.content === content);
    if (earlier) return { reaction: earlier, isNew: false };
    const reaction = { id: this.#world.nextId('reaction', 310_000_000), user, content, at: this.#world.clock.now() };
    comment.reactions.push(reaction);
    return { reaction, isNew: true };
  }

  /** The merged one that brought the commit into its base, or else the open ones that have it. */
  pullsOfCommit(sha: string): PullRequest[] {
    const pulls = [...this.#issues.values()].filter(isPull);
    const merged = pulls.filter(({ pull }) => pull.mergedAt !== undefined && has(pull, sha));
    return merged.length > 0
      ? merged
      : pulls.filter(({ state, pull }) => state === 'open' && pull.commits.includes(sha));
  }

  #touch(issue: Issue): number {
    issue.updatedAt = this.#world.clock.now();
    return issue.updatedAt;
  }

  #place(number: number): string {
    return `${this.#repository.fullName}#${number}`;
  }
}

export const isPull = (issue: Issue): issue is PullRequest => issue.pull !== undefined;

const has = (pull: PullPart, sha: string): boolean => pull.mergeSha === sha || pull.commits.includes(sha);
