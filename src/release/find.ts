import type { Cluster } from '../cluster/cluster.ts';
import { COMMIT_LABEL, PULL_REQUEST_LABEL, RECORD_LABEL } from './labels.ts';
import type { Origin, ReleaseRecord } from './record.ts';
import { readRecords } from './records.ts';

/** Where releases are looked for, and by what. */
export interface Subject {
  namespace: string;
  /** `acme/shop` */
  repository: string;
  pullRequest: number;
  /** Those of the pull request: for releases that were begun while nobody could say which pull request they come from. */
  commits: readonly string[];
  /** Only this one. */
  release?: string | undefined;
}

export interface FoundReleases {
  /** Newest records of the releases whose newest revision comes from the pull request. */
  own: ReleaseRecord[];
  /** Of those that had a revision of it, and have a newer one of something else. */
  passed: ReleaseRecord[];
}

/** The releases that a pull request has, or had, in a namespace. */
export async function findReleases(cluster: Cluster, subject: Subject): Promise<FoundReleases> {
  const names = new Set<string>();
  for (const selector of selectors(subject)) {
    const { items } = await cluster.list(
      { apiVersion: 'v1', kind: 'Secret' },
      { namespace: subject.namespace, labelSelector: selector },
    );
    for (const { metadata } of items) {
      const name = metadata.labels?.[RECORD_LABEL];
      if (name && (subject.release === undefined || subject.release === name)) names.add(name);
    }
  }
  const found: FoundReleases = { own: [], passed: [] };
  for (const name of [...names].sort()) {
    const { newest } = await readRecords(cluster, subject.namespace, name);
    if (!newest) continue;
    const isOwn = comesFrom(newest.record.origin, subject);
    // Another repository may have a release in this namespace, and a pull request with this number.
    if (isOwn) found.own.push(newest.record);
    else if (newest.record.origin.repository === subject.repository) found.passed.push(newest.record);
  }
  return found;
}

function selectors({ pullRequest, commits }: Subject): string[] {
  const byCommit = commits.length > 0 ? [`${RECORD_LABEL},${COMMIT_LABEL} in (${commits.join(',')})`] : [];
  return [`${RECORD_LABEL},${PULL_REQUEST_LABEL}=${pullRequest}`, ...byCommit];
}

/** A record that names its pull request is that one's alone. */
function comesFrom(origin: Origin, { repository, pullRequest, commits }: Subject): boolean {
  if (origin.repository !== repository) return false;
  if (origin.pullRequest !== undefined) return origin.pullRequest === pullRequest;
  return origin.commit !== undefined && commits.includes(origin.commit);
}
