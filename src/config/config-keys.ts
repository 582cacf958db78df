import type { PrometheusPlace } from './check-config.ts';
import { checksField } from './check-field.ts';
import { PLACE_KEYS, placeFaults } from './checks/prometheus.ts';
import { choiceField, durationField, type Field, namesField, textField } from './field.ts';
import type { ReleaseConfig, TrafficName } from './release-config.ts';
import { LONGEST_HOLD_MS, stepsField } from './step-field.ts';
import { DEFAULT_HOLD_MS } from './steps.ts';
import { readTable, type Said, type Table, tableSchema } from './table.ts';
import { formatDuration } from './values.ts';

const HOUR_MS = 3_600_000;
/** What may split the traffic, in the order in which users are told of it. */
export const TRAFFIC: readonly TrafficName[] = ['auto', 'pods', 'service', 'gateway-api', 'istio', 'nginx'];
/** A job on a self-hosted runner may take five days; on GitHub's own, six hours. */
const LONGEST_RUN_MS = 120 * HOUR_MS;

const placeField: Field<Said<PrometheusPlace>> = {
  schema: tableSchema(PLACE_KEYS),
  read(value, at) {
    const said = readTable(PLACE_KEYS, value, at);
    const faults = said ? placeFaults(said) : [];
    for (const fault of faults) at.problem(fault);
    return faults.length > 0 ? undefined : said;
  },
};

/** The keys of a config file: what reads them, the JSON Schema and the documentation go by this table. */
export const CONFIG_KEYS: Table<ReleaseConfig> = {
  strategy: {
    key: 'strategy',
    field: choiceField(['rolling', 'canary', 'blue-green']),
    description: 'How the new version takes over.',
    standard: 'rolling',
  },
  traffic: {
    key: 'traffic',
    field: choiceField(TRAFFIC),
    description: 'What splits the traffic between the two versions.',
    standard: 'auto',
  },
  service: {
    key: 'service',
    field: textField(
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
      63,
      'the name of a Service: at most 63 small letters, digits and hyphens, with a letter or digit at both ends',
    ),
    description: 'Name of the Service whose traffic is moved. Needed where several Services select the workload.',
  },
  rules: {
    key: 'routes',
    field: namesField,
    description:
      'Names of the rules (of an HTTPRoute or GRPCRoute) or http routes (of a VirtualService) that alone are split: one name or a list; `*` for all.',
  },
  steps: {
    key: 'steps',
    field: stepsField,
    description:
      'The steps from the first pod of the new version to its promotion: weights such as 10, 25, 50, or a list.',
  },
  holdMs: {
    key: 'hold',
    field: durationField({ max: LONGEST_HOLD_MS }),
    description: 'How long the checks look after each weight that has no hold of its own. 0s: not at all.',
    standard: formatDuration(DEFAULT_HOLD_MS),
  },
  settleMs: {
    key: 'settle',
    field: durationField({ max: HOUR_MS }),
    description: 'Time after each move of traffic, for proxies and clients to follow it.',
    standard: '5s',
  },
  drainMs: {
    key: 'drain',
    field: durationField({ max: HOUR_MS }),
    description: 'Time without new traffic before anything that served is deleted, for open requests to end.',
    standard: '30s',
  },
  maxRunMs: {
    key: 'max-run',
    field: durationField({ min: 1_000, max: LONGEST_RUN_MS }),
    description: 'Longest time of one run. A hold that ends later pauses the release, and a later run goes on.',
    standard: '5h30m',
  },
  timeoutMs: {
    key: 'timeout',
    field: durationField({ min: 1_000, max: 6 * HOUR_MS }),
    description: 'Longest time to wait until pods are ready, at each step.',
    standard: '10m',
  },
  onFailure: {
    key: 'on-failure',
    field: choiceField(['rollback', 'pause', 'leave']),
    description: 'What to do when a check fails or the new version does not become healthy.',
    standard: 'rollback',
  },
  onDrift: {
    key: 'on-drift',
    field: choiceField(['correct', 'fail', 'ignore']),
    description: 'What to do when others have changed weights or replicas during the release.',
    standard: 'correct',
  },
  prometheus: {
    key: 'prometheus',
    field: placeField,
    description: 'Where the checks that ask Prometheus find it, and whose metrics it has; a check may say otherwise.',
  },
  checks: {
    key: 'checks',
    field: checksField,
    description: 'What is asked about the health of the new version during each hold.',
  },
};
