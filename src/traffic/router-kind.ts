import type { KindRef } from '../cluster/cluster.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import type { Match, Track } from '../release/plan.ts';
import type { Two } from './backends.ts';
import type { RouteForm } from './route-rules.ts';
import type { Router, RouterContext } from './router.ts';

/** A route that a release would use, and what it would do with it. */
export interface RouteQuestion {
  route: KubeObject;
  /** The pairs of Services of which the route names the user's. */
  pairs: readonly Two[];
  /** In percent, each that the release will ask for. */
  weights: readonly number[];
  rules: readonly string[] | undefined;
  match: Match | undefined;
  track: Track;
  /** Other routes of this router. */
  others: readonly KubeObject[];
  /** Objects of the kinds that help to understand routes. */
  aids: readonly KubeObject[];
  /** Those of these kinds that the credentials may not list. */
  unseenAids: readonly string[];
}

/** A router that splits by the percent: all that the house knows of it. A further one is a file with one of these, and a line in `routers.ts`. */
export interface RouterKind {
  /** Of the objects that have the weights; for each the versions of its API, the first that is served is used. */
  kinds: readonly (readonly KindRef[])[];
  /** The routes of a Service are in its own namespace. */
  isNear?: true;
  /** Of further objects that must be known to judge a route. */
  aids: readonly (readonly KindRef[])[];
  /** By what users can be sent to the new version. */
  matches: readonly Match['by'][];
  /** Absent where the weights do not stand in lists of the user's own objects. */
  form?: RouteForm;
  /** Names of what the route sends to, for messages. */
  targets(route: KubeObject): readonly string[];
  /** Whether the router answers for this object; absent: for all of its kinds. */
  answers?(route: KubeObject, aids: readonly KubeObject[]): boolean;
  /** What a route is, in words, that it does not answer for. */
  otherwise?(route: KubeObject): string;
  /** Whether rules of the route that may be edited send to the Service. */
  leads(route: KubeObject, service: ObjectRef, rules?: readonly string[]): boolean;
  /** What cannot be done with the route, in words. */
  problems(question: RouteQuestion): string[];
  /** What the release makes for itself: objects of its own beside the user's. */
  made?(question: RouteQuestion): KubeObject[];
  open(context: RouterContext): Router;
}
