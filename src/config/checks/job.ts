import type { Json, JsonObject } from '../../kube.ts';
import { isMapping } from '../../manifests/object-fields.ts';
import { didYouMean } from '../did-you-mean.ts';
import { durationField, type Field, integerField, refuse } from '../field.ts';
import { unknownVariables, VARIABLES } from '../variables.ts';
import type { CheckKeys } from './kind.ts';

function mappingWith(properties: JsonObject): JsonObject {
  return { type: 'object', required: Object.keys(properties), properties };
}

/** A manifest that stands in the configuration itself: a Job with a pod template. */
const jobField: Field<Readonly<Record<string, unknown>>> = {
  schema: mappingWith({
    spec: mappingWith({
      template: mappingWith({ spec: mappingWith({ containers: { type: 'array', minItems: 1 } }) }),
    }),
  }),
  read(value, at) {
    if (!isMapping(value)) return refuse(value, at, 'the manifest of a Job');
    const { apiVersion = 'batch/v1', kind = 'Job', spec } = value;
    if (kind !== 'Job' || apiVersion !== 'batch/v1')
      return at.problem('the manifest must be that of a Job (apiVersion: batch/v1, kind: Job)');
    if (!isMapping(spec) || !isMapping(spec['template'])) return at.problem('the Job has no spec.template');
    return value;
  },
};

export const jobKeys: CheckKeys<'job'> = {
  description: 'Runs a Kubernetes Job: its success passes, its failure fails, with the end of its log.',
  keys: {
    manifest: {
      key: 'manifest',
      field: jobField,
      description:
        'The Job. Variables may stand in command, args and the values of env. Its name and namespace are Sluice’s.',
      required: true,
    },
    timeoutMs: {
      key: 'timeout',
      field: durationField({ min: 1_000, max: 21_600_000 }),
      description: 'Longest time to its end; after it the sample fails, and the Job is deleted.',
      standard: '10m',
    },
  },
  common: {
    count: {
      key: 'count',
      field: integerField({ min: 1 }),
      description: 'How often it is run in a hold.',
      standard: 1,
    },
  },
  faults({ manifest }) {
    const { metadata, spec } = manifest as { metadata?: Json; spec: Record<string, Json> };
    const template = spec['template'] as Record<string, Json>;
    const pods = isMapping(template['spec']) ? template['spec'] : undefined;
    const containers = [...listIn(pods, 'initContainers'), ...listIn(pods, 'containers')];
    const texts = containers.flatMap(textsOf);
    return [
      ...(isMapping(metadata) && metadata['namespace'] !== undefined
        ? ['the manifest must not name a namespace: the Job runs where the workloads are']
        : []),
      ...shapeFaults(metadata, template, pods, containers),
      ...(spec['suspend'] === true ? ['spec.suspend: a Job that is suspended never comes to its end'] : []),
      ...[...new Set(texts.flatMap(unknownVariables))].map(
        name => `there is no variable {{${name}}}${didYouMean(name, Object.keys(VARIABLES))}`,
      ),
    ];
  },
};

/** What would keep the Job from being made of it; the rest is for the API server to judge. */
function shapeFaults(
  metadata: Json | undefined,
  template: Record<string, Json>,
  pods: Record<string, Json> | undefined,
  containers: readonly Json[],
): string[] {
  if (!pods || listIn(pods, 'containers').length === 0) return ['spec.template.spec has no containers'];
  const lists = containers.flatMap(one => (isMapping(one) ? [one['command'], one['args'], one['env']] : [one]));
  if (lists.some(list => list !== undefined && !Array.isArray(list)))
    return ['each container must be a mapping, and its command, args and env lists'];
  const labels = [metadata, template['metadata']].map(one => (isMapping(one) ? one['labels'] : undefined));
  if (labels.some(one => one !== undefined && !isMapping(one))) return ['metadata.labels must be a mapping'];
  const restart = pods['restartPolicy'];
  if (restart !== undefined && restart !== 'Never' && restart !== 'OnFailure')
    return ['restartPolicy must be Never or OnFailure'];
  return [];
}

function listIn(map: Record<string, Json> | undefined, key: string): Json[] {
  const list = map?.[key];
  return Array.isArray(list) ? list : [];
}

/** Where variables may stand. */
function textsOf(container: Json): string[] {
  if (!isMapping(container)) return [];
  const values = listIn(container, 'env').map(one => (isMapping(one) ? one['value'] : undefined));
  return [...listIn(container, 'command'), ...listIn(container, 'args'), ...values].filter(
    one => typeof one === 'string',
  );
}
