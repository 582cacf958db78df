import type { KubeObject } from '../../kube.ts';
import type { Resource } from '../types.ts';

/** One term of a field selector: `metadata.name=web`, `status.phase!=Running`. */
export interface FieldTerm {
  field: string;
  negated: boolean;
  value: string;
}

/** Fields by which a kind may be selected besides metadata.name and metadata.namespace. */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  Namespace: ['status.phase', 'name'],
  Node: ['spec.unschedulable'],
  Secret: ['type'],
  Service: ['spec.clusterIP', 'spec.type'],
  StatefulSet: ['status.successful'],
  ReplicationController: ['status.replicas'],
  Job: ['status.successful'],
};

/** The same Events are selected by other names through events.k8s.io. */
const NEW_STYLE_EVENT: readonly string[] = [
  'regarding.kind',
  'regarding.namespace',
  'regarding.name',
  'regarding.uid',
  'regarding.apiVersion',
  'regarding.resourceVersion',
  'regarding.fieldPath',
  'reason',
  'reportingController',
  'type',
];

function selectable(resource: Resource): readonly string[] | undefined {
  if (resource.crd) return selectableOfCrd(resource);
  return resource.group === 'events.k8s.io' ? NEW_STYLE_EVENT : SELECTABLE[resource.kind];
}

/** Reads a field selector; throws an `Error` worded as apimachinery does, for a 400. */
export function parseFieldSelector(text: string): FieldTerm[] {
  return text
    .split(',')
    .sort()
    .filter(term => term !== '')
    .map(term => {
      const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
      if (!match) throw new Error(`invalid selector: '${text}'; can't understand '${term}'`);
      return { field: match[1] ?? '', negated: match[2] === '!=', value: match[3] ?? '' };
    });
}

/** Refuses fields by which this resource cannot be selected, in the server's words for the kind. */
export function checkFieldTerms(resource: Resource, terms: readonly FieldTerm[]): void {
  const known = selectable(resource);
  for (const { field } of terms) {
    if (field === 'metadata.name' || (field === 'metadata.namespace' && (resource.namespaced || !resource.crd)))
      continue;
    if (known?.includes(field)) continue;
    if (!known) throw new Error(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
    throw new Error(unsupported(resource, field));
  }
}

function unsupported(resource: Resource, field: string): string {
  switch (resource.crd ? '' : resource.kind) {
    case 'StatefulSet':
      return `field label not supported for appsv1.StatefulSet: ${field}`;
    case 'Job':
      return `field label ${JSON.stringify(field)} not supported for Job`;
    default:
      return `field label not supported: ${field}`;
  }
}

function selectableOfCrd(resource: Resource): string[] {
  const spec = resource.crd?.spec as
    | { versions?: { name: string; selectableFields?: { jsonPath: string }[] }[] }
    | undefined;
  const version = spec?.versions?.find(candidate => candidate.name === resource.version);
  return (version?.selectableFields ?? []).map(selectable => selectable.jsonPath.replace(/^\./, ''));
}

function valueAt(object: KubeObject, field: string): string {
  if (field === 'source') return String((object['source'] as { component?: string } | undefined)?.component ?? '');
  if (field === 'name') return object.metadata.name;
  if (field === 'status.successful')
    return String((object.status as { succeeded?: number } | undefined)?.succeeded ?? 0);
  let value: unknown = object;
  const path = field.replace(/^regarding\./, 'involvedObject.').replace(/^reportingController$/, 'reportingComponent');
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined | null)?.[part];
  if (value === undefined && /unschedulable|hostNetwork/.test(field)) return 'false';
  return value === undefined || value === null ? '' : String(value);
}

export function fieldsMatch(terms: readonly FieldTerm[], object: KubeObject): boolean {
  return terms.every(({ field, negated, value }) => (valueAt(object, field) === value) !== negated);
}
