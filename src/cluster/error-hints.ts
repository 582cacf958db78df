import type { Reason } from '../errors.ts';
import type { ApiFacts, Asked } from './errors.ts';

/** The rule that is missing, as YAML to add to a Role: read from the API's message, which names verb, resource and group. */
export function forbiddenHint(facts: ApiFacts, asked: Asked): string {
  const told =
    /User "(.*?)" cannot ([a-z*]+) resource "(.*?)" in API group "(.*?)"( at the cluster scope| in the namespace "(.*?)")?/.exec(
      facts.apiMessage,
    );
  const path = /User "(.*?)" cannot ([a-z*]+) path "(.*?)"/.exec(facts.apiMessage);
  if (!told && path) return `Let ${path[1]} ${path[2]} the path ${path[3]}, by a ClusterRole with nonResourceURLs.`;
  const [
    ,
    user = 'the user',
    verb = asked.verb === 'apply' ? 'patch' : asked.verb,
    resource = facts.resource,
    group = facts.group,
  ] = told ?? [];
  const namespace = told?.[6] ?? asked.namespace;
  const role =
    told?.[5] === ' at the cluster scope' || !namespace ? 'a ClusterRole' : `a Role in namespace ${namespace}`;
  // An apply may also create, and then needs both.
  const verbs = verb === 'patch' && asked.verb === 'apply' ? ['get', 'create', 'patch'] : [verb];
  return [
    `Add this rule to ${role} of ${user}:`,
    `- apiGroups: ["${group}"]`,
    `  resources: ["${resource}"]`,
    `  verbs: [${verbs.map(one => `"${one}"`).join(', ')}]`,
  ].join('\n');
}

/** What to do about an answer; undefined where its own message says all there is to say. */
export function hintFor(code: Reason, facts: ApiFacts, asked: Asked, credentials: string): string | undefined {
  switch (code) {
    case 'unauthorized':
      return `The server does not accept ${credentials}: it may have expired, or belong to another cluster.`;
    case 'namespace-missing':
      return `Create the namespace${asked.namespace ? ` ${asked.namespace}` : ''} first, put it into the manifests, or set create-namespace: true.`;
    case 'conflict':
      return facts.conflicts.length > 0
        ? 'Take the fields out of the manifest, let the other manager give them up, or set force-conflicts: true to take them over.'
        : undefined;
    case 'rejected-by-api':
      return rejectionHint(facts);
    case 'api-error':
      return serverHint(facts);
    default:
      return undefined;
  }
}

function rejectionHint({ status, apiMessage }: ApiFacts): string | undefined {
  if (status === 413 || /too large|Too long: (must have at most|may not be more than) \d+ bytes/.test(apiMessage)) {
    return 'The API server takes objects up to about 1.5 MB, and ConfigMaps and Secrets up to 1 MiB: split it, or put the data elsewhere.';
  }
  if (/exceeded quota/.test(apiMessage)) return 'Raise the ResourceQuota of the namespace, or ask for less.';
  if (/being terminated/.test(apiMessage))
    return 'The namespace is being deleted: wait until it is gone, then create it again.';
  if (/admission webhook|denied the request/.test(apiMessage))
    return 'A policy of the cluster refused it: see the message, and ask those who run the policy.';
  if (/strict decoding error|unknown field|field not declared/.test(apiMessage)) {
    return 'Check the spelling and the indentation of the field, and that its apiVersion has it.';
  }
  if (/field is immutable/.test(apiMessage))
    return 'The field cannot be changed after creation: keep its old value, or delete the object and create it again.';
  return undefined;
}

function serverHint({ status, apiMessage }: ApiFacts): string | undefined {
  if (/failed calling webhook/.test(apiMessage))
    return 'An admission webhook of the cluster does not answer: see to the pods behind it.';
  if (status === 429) return 'The API server is overloaded and kept asking us to come back later.';
  return status >= 500
    ? 'The API server failed, not the manifest: try again, and see to the control plane.'
    : undefined;
}
