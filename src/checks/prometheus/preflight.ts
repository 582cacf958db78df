import type { CheckConfig } from '../../config/check-config.ts';
import { asksPrometheus } from '../../config/settle-checks.ts';
import { type Problem, SluiceError } from '../../errors.ts';
import type { RouterName } from '../../release/plan.ts';
import { sourceFault } from './sources.ts';

/** Throws where checks could never be measured in a release with this router: that must not be found out while it has traffic. */
export function requireAskable(checks: readonly CheckConfig[], router: RouterName): void {
  const problems = checks.flatMap((check): Problem[] => {
    // Those with a query of their own say themselves what they ask for.
    const isReadyMade = asksPrometheus(check) && check.kind !== 'prometheus' && check.kind !== 'mann-whitney';
    const fault = isReadyMade
      ? sourceFault(check, router, { baseline: check.kind === 'compare' && check.baseline })
      : undefined;
    return fault === undefined ? [] : [{ message: `Check ${check.name}: ${fault}.` }];
  });
  if (problems.length === 0) return;
  throw new SluiceError('invalid-input', problems.map(({ message }) => message).join('\n'), {
    problems,
    hint: 'Nothing was written. docs/checks.md says which metrics suit which router.',
  });
}
