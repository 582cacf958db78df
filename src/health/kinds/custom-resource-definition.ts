import type { KubeObject } from '../../kube.ts';
import { type Conditioned, conditionOf, wordsOf } from '../conditions.ts';
import { failed, type Health, healthy, progressing } from '../verdict.ts';

/** The API server serves the kind once its names are accepted and it is established. */
export function definitionHealth(object: KubeObject<unknown, Conditioned>): Health {
  const names = conditionOf(object.status, 'NamesAccepted');
  if (names?.status === 'False') {
    return failed(names.reason ?? 'NamesNotAccepted', `Its names are taken: ${wordsOf(names)}`);
  }
  const established = conditionOf(object.status, 'Established');
  if (established?.status === 'True') return healthy('Established');
  if (established?.status === 'False' && established.reason !== 'Installing' && names?.status === 'True') {
    return failed(established.reason ?? 'NotEstablished', wordsOf(established));
  }
  return progressing('Waiting for the API server to establish it');
}
