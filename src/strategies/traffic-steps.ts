import { formatDuration } from '../config/values.ts';
import type { KubeObject } from '../kube.ts';
import type { Match, Pair, Split, Step, TrafficPlan } from '../release/plan.ts';
import { podSplit, podsFor, podsOnTop, shareOf } from '../traffic/arithmetic.ts';
import { baselineSize } from './baseline.ts';
import { type DeploymentSpec, stopsToRoll } from './twin.ts';
import type { ProgressiveWish } from './wish.ts';

/** From the first new pod to the last check before promotion. */
export function trafficSteps(wish: ProgressiveWish, traffic: TrafficPlan, workloads: readonly KubeObject[]): Step[] {
  const steps: Step[] = [];
  let weight = 0;
  let replicas: number | undefined;
  let isMatched = false;
  // What is checked before it has any traffic must be there in full.
  const isAhead = wish.strategy === 'blue-green';
  if (isAhead) steps.push(scaleStep(traffic, 100, undefined));
  for (const step of wish.steps) {
    switch (step.kind) {
      case 'weight':
        if (!isAhead && traffic.router !== 'pods') steps.push(scaleStep(traffic, step.weight, replicas));
        weight = step.weight;
        steps.push(shiftStep(traffic, weight));
        break;
      case 'match':
        if (!isAhead) steps.push(scaleStep(traffic, weight, Math.max(1, replicas ?? 0)));
        isMatched = true;
        steps.push({ do: 'match', name: `Send ${matchText(step.match)} to the new version`, match: step.match });
        break;
      case 'replicas':
        replicas = step.replicas;
        steps.push(scaleStep(traffic, weight, replicas));
        break;
      case 'hold':
        if (step.ms > 0)
          steps.push({
            do: 'hold',
            name: `Hold ${formatDuration(step.ms)}${at(weight, traffic, isMatched)}`,
            ms: step.ms,
            weight,
          });
        break;
      case 'approve':
        steps.push({ do: 'approve', name: `Wait for approval${at(weight, traffic, isMatched)}`, weight });
        break;
    }
  }
  const stops = workloads.some((workload, index) =>
    stopsToRoll(workload as KubeObject<DeploymentSpec>, traffic.pairs[index]?.size ?? 1),
  );
  if (weight < 100 && stops) {
    // A workload that stops before it starts again is rolled behind its twin.
    if (traffic.router !== 'pods') steps.push(scaleStep(traffic, 100, undefined));
    weight = 100;
    steps.push(shiftStep(traffic, weight));
  }
  // Time that has passed since the shift counts; somebody may end a hold early.
  if (weight === 100) steps.push({ do: 'drain', name: 'Drain stable', ms: wish.drainMs });
  return steps;
}

function matchText({ by, name, value }: Match): string {
  return `requests with the ${by} ${name}${by === 'header' ? ': ' : '='}${value}`;
}

function at(weight: number, { router }: TrafficPlan, isMatched: boolean): string {
  if (weight > 0) return ` at ${weight} %`;
  if (isMatched) return ' with matching requests alone';
  // A Service that selects both versions sends to whatever is ready.
  return router === 'pods' ? ' before the shift' : ' without traffic';
}

function scaleStep(traffic: TrafficPlan, weight: number, replicas: number | undefined): Step {
  const sizes = traffic.pairs.map(pair => replicas ?? podsFor(weight, pair.size));
  const isCompared = traffic.pairs.some(({ baseline, size }) => baseline && baselineSize(weight, replicas, size) > 0);
  const name = `Start ${[...new Set(sizes)].join('/')} ${sizes.length === 1 && sizes[0] === 1 ? 'pod' : 'pods'} of the new version${isCompared ? ', and its baseline' : ''}`;
  return { do: 'scale', name, weight, ...(replicas === undefined ? {} : { replicas }) };
}

function shiftStep(traffic: TrafficPlan, weight: number): Step {
  const actual = traffic.pairs.map(pair => splitOf(pair, traffic, weight));
  const given = [...new Set(actual.map(split => Math.round(split.actual)))];
  const differs = given.length > 1 || given[0] !== weight;
  return {
    do: 'shift',
    name: `Shift to ${weight} %${differs ? ` (${given.join('/')} % with whole pods)` : ''}`,
    weight,
    actual,
  };
}

/** What the weight comes to for a pair of the size that it had when the release began. */
export function splitOf(pair: Pair, { router }: TrafficPlan, weight: number): Split {
  const { stable: workload, size, autoscaler } = pair;
  if (router === 'service') return { workload, twin: size, stable: size, actual: weight };
  if (router !== 'pods') return { workload, twin: podsFor(weight, size), stable: size, actual: weight };
  const sizes = autoscaler ? podsOnTop(weight, size) : podSplit(weight, size);
  return { workload, ...sizes, actual: shareOf(sizes) };
}
