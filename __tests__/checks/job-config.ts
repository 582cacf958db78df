import type { JobConfig } from '../../src/config/check-config.ts';
import { SETTINGS } from './context.ts';

export interface Smoke extends Partial<Omit<JobConfig, 'manifest'>> {
  /** What the sandbox's kubelet is told of the pod: `exit-code`, `exit-after`, `log`, … */
  does?: Record<string, string>;
  image?: string;
  args?: readonly string[];
  labels?: Record<string, string>;
  spec?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}

/** A check that runs a Job of one container, which succeeds after a second unless it is told otherwise. */
export function smoke({ does = {}, image = 'smoke:1', args, labels, spec, metadata, ...more }: Smoke = {}): JobConfig {
  const annotations = Object.fromEntries(
    Object.entries(does).map(([key, value]) => [`sandbox.sluice.dev/${key}`, value]),
  );
  return {
    ...SETTINGS,
    kind: 'job',
    name: 'smoke',
    count: 1,
    timeoutMs: 60_000,
    manifest: {
      ...(metadata ? { metadata } : {}),
      spec: {
        template: {
          metadata: { annotations, ...(labels ? { labels } : {}) },
          spec: { containers: [{ name: 'smoke', image, ...(args ? { args } : {}) }] },
        },
        ...spec,
      },
    },
    ...more,
  };
}
