/** Every input and output of the action; a test holds this against action.yml. */
export const INPUTS = [
  'action',
  'manifests',
  'images',
  'namespace',
  'create-namespace',
  'release',
  'strategy',
  'steps',
  'hold',
  'traffic',
  'service',
  'routes',
  'config',
  'credentials',
  'prometheus',
  'settle',
  'drain',
  'max-run',
  'timeout',
  'on-failure',
  'on-drift',
  'on-cancel',
  'revision',
  'full',
  'kubeconfig',
  'context',
  'force-conflicts',
  'prune',
  'wait-for',
  'concurrency',
] as const;

export const OUTPUTS = ['release', 'revision', 'phase', 'reason', 'result'] as const;

export type InputName = (typeof INPUTS)[number];
export type OutputName = (typeof OUTPUTS)[number];
