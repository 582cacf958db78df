import type { KubeObject } from '../../kube.ts';
import type { Conditioned } from '../conditions.ts';
import { counted, type Health, healthy, progressing } from '../verdict.ts';
import { accepted } from './gateway.ts';

interface ParentRef {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  sectionName?: string;
  port?: number;
}

interface RouteSpec {
  parentRefs?: ParentRef[];
}

interface RouteStatus {
  parents?: (Conditioned & { parentRef: ParentRef })[];
}

/** What keeps one parent from having taken a route. */
export interface ParentProblem extends Health {
  /** No controller has ever said anything for it. */
  isUnanswered?: true;
}

/** HTTPRoute and GRPCRoute: every parent, told by every controller that answers for it, has taken this generation. */
export function routeHealth(object: KubeObject<RouteSpec, RouteStatus>): Health {
  const count = object.spec?.parentRefs?.length ?? 0;
  const [first] = parentProblems(object);
  return first ?? healthy(count === 0 ? 'It names no parent' : `Accepted by ${counted(count, 'parent')}`);
}

/** What keeps each parent from having taken this generation of the route; a refusal, as opposed to silence, has patience. */
export function parentProblems({ spec, status, ...object }: KubeObject<RouteSpec, RouteStatus>): ParentProblem[] {
  const namespace = object.metadata.namespace ?? '';
  const told = status?.parents ?? [];
  return (spec?.parentRefs ?? []).flatMap((ref): ParentProblem[] => {
    const key = parentKey(ref, namespace);
    const what = `${ref.kind ?? 'Gateway'} ${ref.name}${ref.sectionName ? `, ${ref.sectionName}` : ''}`;
    const answers = told.filter(({ parentRef }) => parentKey(parentRef, namespace) === key);
    if (answers.length === 0)
      return [{ ...progressing(`Waiting for the controller of ${what} to take the route`), isUnanswered: true }];
    return answers.flatMap(
      answer => accepted(object, answer, 'Accepted', what) ?? accepted(object, answer, 'ResolvedRefs', what) ?? [],
    );
  });
}

function parentKey(ref: ParentRef, namespace: string): string {
  const { group = 'gateway.networking.k8s.io', kind = 'Gateway', sectionName = '', port = '' } = ref;
  // Some controllers answer with the core group's other name.
  return [group === 'core' ? '' : group, kind, ref.namespace ?? namespace, ref.name, sectionName, port].join('/');
}
