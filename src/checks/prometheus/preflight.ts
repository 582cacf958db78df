import type { CheckConfig } from '../../config/check-config.ts';
import { asksPrometheus } from '../../config/settle-checks.ts';
import { type Problem, SluiceError } from '../../errors.ts';
import { refText } from '../../kube.ts';
import type { TrafficPlan } from '../../release/plan.ts';
import { sourceFault } from './sources.ts';

type Traffic = Pick<TrafficPlan, 'router' | 'pairs'>;

/** Throws where checks could never be measured in a release that moves so: that must not be found out while it has traffic. */
export function requireAskable(checks: readonly CheckConfig[], traffic: Traffic): void {
  const problems = checks.flatMap((check): Problem[] => {
    // Those with a query of their own say themselves what they ask for.
    const isReadyMade = asksPrometheus(check) && check.kind !== 'prometheus' && check.kind !== 'mann-whitney';
    const fault = isReadyMade
      ? (unservedFault(check, traffic) ??
        sourceFault(check, traffic.router, { baseline: check.kind === 'compare' && check.baseline }))
      : undefined;
    return fault === undefined ? [] : [{ message: `Check ${check.name}: ${fault}.` }];
  });
  if (problems.length === 0) return;
  throw new SluiceError('invalid-input', problems.map(({ message }) => message).join('\n'), {
    problems,
    hint: 'Nothing was written. docs/checks.md says which metrics suit which router.',
  });
}

/**
 * Of what no Service selects there are no requests to compare. A ready-made question may be asked all the same, by metrics renamed
 * to those of a worker; sources that count by Service go with routers that have one.
 */
function unservedFault({ kind }: CheckConfig, { pairs }: Traffic): string | undefined {
  if (kind !== 'compare' || pairs.some(({ service }) => service !== undefined)) return undefined;
  const workloads = pairs.map(({ stable }) => refText(stable)).join(', ');
  return `no Service selects ${workloads}, so there are no requests to compare; leave the check out, or compare by mann-whitney, which asks a query of your own`;
}
