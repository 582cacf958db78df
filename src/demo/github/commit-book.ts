import type { CheckRun, CommitStatus, User } from './records.ts';
import type { FakeRepository } from './repository.ts';
import type { CheckRunSeed, CommitSeed, CommitStatusSeed } from './seeds.ts';
import type { World } from './world.ts';

/** The fewest digits by which the API finds a commit. */
const SHORTEST_SHA = 7;

export interface Commit {
  sha: string;
  author: User;
  message: string;
  at: number;
}

/** A repository's commits and branches, and what was found out about them. */
export class CommitBook {
  readonly #world: World;
  readonly #repository: FakeRepository;
  readonly #commits = new Map<string, Commit>();
  readonly #branches = new Map<string, string>();
  readonly #behind = new Set<string>();
  readonly #suites = new Map<string, number>();
  readonly #runs: CheckRun[] = [];
  readonly #statuses: CommitStatus[] = [];

  constructor(world: World, repository: FakeRepository) {
    this.#world = world;
    this.#repository = repository;
  }

  /** Returns its SHA. */
  add(seed: CommitSeed = {}): string {
    const sha = seed.sha ?? this.#world.nextSha();
    const author = seed.author === undefined ? this.#repository.owner : this.#world.user(seed.author);
    this.#commits.set(sha, { sha, author, message: seed.message ?? 'Change', at: this.#world.clock.now() });
    if (seed.branch !== undefined) this.#branches.set(seed.branch, sha);
    return sha;
  }

  /** Head of a branch. */
  branch(name: string): string | undefined {
    return this.#branches.get(name);
  }

  /** Whether the default branch has commits that this one has not. */
  setBehind(branch: string, isBehind: boolean): void {
    if (isBehind) this.#behind.add(branch);
    else this.#behind.delete(branch);
  }

  isBehind(branch: string): boolean {
    return this.#behind.has(branch);
  }

  find(sha: string): Commit | undefined {
    return this.#commits.get(sha);
  }

  /** A branch, a SHA, or the beginning of one. */
  resolve(ref: string): string | undefined {
    const head = this.#branches.get(ref.replace(/^(refs\/)?heads\//, ''));
    if (head !== undefined) return head;
    if (this.#commits.has(ref)) return ref;
    const found = ref.length < SHORTEST_SHA ? [] : [...this.#commits.keys()].filter(sha => sha.startsWith(ref));
    return found.length === 1 ? found[0] : undefined;
  }

  /** Another one of the same name and run is its repetition. */
  checkRun(sha: string, seed: CheckRunSeed): CheckRun {
    this.#need(sha);
    const at = this.#world.clock.now();
    const id = this.#world.nextId('check run', 3_700_000_001);
    const { html } = this.#world.links;
    const site = `${html}/${this.#repository.fullName}`;
    const job = seed.actionsRun === undefined ? undefined : `${site}/actions/runs/${seed.actionsRun}/job/${id}`;
    const isCompleted = (seed.status ?? 'completed') === 'completed';
    const app = seed.app ?? 'github-actions';
    const run: CheckRun = {
      id,
      suiteId: this.#suite(`${sha} ${app} ${seed.actionsRun ?? ''}`),
      name: seed.name,
      sha,
      status: seed.status ?? 'completed',
      conclusion: isCompleted ? (seed.conclusion ?? 'success') : null,
      detailsUrl: seed.detailsUrl ?? job ?? `${site}/runs/${id}`,
      htmlUrl: job ?? `${site}/runs/${id}`,
      app,
      startedAt: at,
      completedAt: isCompleted ? at : undefined,
    };
    this.#runs.push(run);
    return run;
  }

  /** Moves a check run on, as its app does. */
  changeCheckRun(run: CheckRun, change: Pick<CheckRunSeed, 'status' | 'conclusion'>): void {
    run.status = change.status ?? 'completed';
    run.conclusion = run.status === 'completed' ? (change.conclusion ?? 'success') : null;
    run.completedAt = run.status === 'completed' ? this.#world.clock.now() : undefined;
  }

  /** The newest first. */
  checkRuns(sha: string): CheckRun[] {
    return this.#runs.filter(run => run.sha === sha).reverse();
  }

  status(sha: string, seed: CommitStatusSeed): CommitStatus {
    this.#need(sha);
    const status: CommitStatus = {
      id: this.#world.nextId('status', 33_000_000_001),
      sha,
      context: seed.context,
      state: seed.state,
      description: seed.description ?? null,
      targetUrl: seed.targetUrl ?? null,
      creator: this.#world.user(seed.author ?? 'github-actions[bot]'),
      at: this.#world.clock.now(),
    };
    this.#statuses.push(status);
    return status;
  }

  /** All that were ever set, the newest first. */
  statuses(sha: string): CommitStatus[] {
    return this.#statuses.filter(status => status.sha === sha).reverse();
  }

  /** Of each context the newest. */
  latestStatuses(sha: string): CommitStatus[] {
    const latest = new Map<string, CommitStatus>();
    for (const status of this.statuses(sha)) {
      const context = status.context.toLowerCase();
      if (!latest.has(context)) latest.set(context, status);
    }
    return [...latest.values()];
  }

  #suite(key: string): number {
    const id = this.#suites.get(key) ?? this.#world.nextId('check suite', 3_900_000_001);
    this.#suites.set(key, id);
    return id;
  }

  #need(sha: string): void {
    if (!this.#commits.has(sha)) throw new Error(`${this.#repository.fullName} has no commit ${sha}`);
  }
}
