import type { KubeObject } from '../../kube.ts';
import type { Core, Write } from '../server/core.ts';
import { collectionOf } from '../server/registry.ts';
import { abortOrder } from './abort-order.ts';
import { type Change, isAt, isOurs, type Law, subjectOf, writeText } from './change.ts';
import { beginHistory, remember } from './history.ts';
import { nothingLeft } from './nothing-left.ts';
import { nothingTakenAway } from './nothing-taken-away.ts';
import { oneWriter } from './one-writer.ts';
import { promotionNoOutage } from './promotion-no-outage.ts';
import { isRecord, manifestsOf, type Release, stateOf } from './release.ts';
import { stableUntouched } from './stable-untouched.ts';
import { surgicalEdits } from './surgical-edits.ts';
import { trafficFollowsCapacity } from './traffic-follows-capacity.ts';
import { presentWorld, worldBefore } from './world.ts';

/** By the numbers of section 2 of the design. */
const LAWS: readonly (readonly [number, Law])[] = [
  [1, trafficFollowsCapacity],
  [2, stableUntouched],
  [3, nothingTakenAway],
  [4, abortOrder],
  [5, promotionNoOutage],
  [7, oneWriter],
  [9, surgicalEdits],
];
const NOTHING_LEFT = 10;

export interface Violation {
  law: number;
  /** Milliseconds of the clock. */
  at: number;
  message: string;
  /** The write that broke it, in words; absent for what was found at the end. */
  write?: string;
}

export interface LawOptions {
  /** Must have passed between a twin's last traffic and its end; absent: as the plan of the release says. */
  drainMs?: number;
  settleMs?: number;
}

export interface LawMonitor {
  readonly violations: readonly Violation[];
  /** For `writesSince`: how many writes the product has made so far. */
  mark(): number;
  /** What the product has written since, in words: law 11 wants none in a second run. */
  writesSince(mark: number): readonly string[];
  /** To be called when a run has ended in a terminal phase: law 10 for this namespace. What it finds is added to the violations. */
  endOfRelease(namespace: string): readonly Violation[];
  stop(): void;
}

/** Checks the laws after every write of the product, by what is in the store alone. To be started before the first release. */
export function watchLaws(core: Core, options: LawOptions = {}): LawMonitor {
  const violations: Violation[] = [];
  const ours: string[] = [];
  const history = beginHistory([...everything(core)], options);
  const releases = new Map<string, Release>();

  function seeRecord(write: Write): void {
    const secret = subjectOf(write);
    if (!isRecord(secret)) return;
    const key = `${secret.metadata.namespace}/${secret.metadata.name}`;
    const state = write.after && stateOf(secret);
    if (!state?.plan.traffic) {
      if (!write.after) releases.delete(key);
      return;
    }
    const { plan, ...record } = state;
    const existing = releases.get(key)?.existing ?? predecessorOf(record)?.existing ?? uidsOf(core);
    let manifests: readonly KubeObject[] | undefined;
    releases.set(key, {
      record,
      plan,
      traffic: state.plan.traffic,
      existing,
      manifests: () => {
        manifests ??= manifestsOf(presentWorld(core), secret);
        return manifests;
      },
    });
  }

  /** An attempt that was given up for this one: stable is what it was then. */
  function predecessorOf({ release, namespace }: Release['record']): Release | undefined {
    return [...releases.values()].find(
      ({ record }) => record.release === release && record.namespace === namespace && isOpen(record),
    );
  }

  function see(write: Write): void {
    const after = presentWorld(core);
    const open = [...releases.values()].filter(({ record }) => isOpen(record));
    if (isOurs(write)) {
      ours.push(writeText(write));
      const change: Change = { write, before: worldBefore(after, write), after, releases: open, history };
      for (const [law, check] of LAWS)
        for (const message of check(change)) violations.push({ law, at: after.now, message, write: writeText(write) });
    }
    remember(history, write, after, open);
    seeRecord(write);
  }

  core.onWrite.add(see);
  return {
    violations,
    mark: () => ours.length,
    writesSince: mark => ours.slice(mark),
    endOfRelease(namespace) {
      // A route may be in another namespace than what it sends to.
      const routes = [...releases.values()]
        .filter(({ record }) => record.namespace === namespace)
        .flatMap(({ traffic }) => traffic.routes ?? []);
      const objects = [...everything(core)].filter(
        object => object.metadata.namespace === namespace || routes.some(route => isAt(object, route)),
      );
      const found = nothingLeft({ objects, releases: [...releases.values()], users: history.users }).map(message => ({
        law: NOTHING_LEFT,
        at: core.clock.now(),
        message,
      }));
      violations.push(...found);
      return found;
    },
    stop: () => {
      core.onWrite.delete(see);
    },
  };
}

/** It can be neither called finished nor undone yet. */
function isOpen({ status }: Release['record']): boolean {
  return status === 'in-progress' || status === 'paused';
}

function* everything({ registry, store }: Core): Generator<KubeObject> {
  for (const collection of new Set(registry.all().map(collectionOf))) yield* store.list(collection);
}

function uidsOf(core: Core): ReadonlySet<string> {
  return new Set([...everything(core)].map(({ metadata }) => metadata.uid ?? ''));
}
