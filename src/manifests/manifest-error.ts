import { type Problem, SluiceError } from '../errors.ts';

/** One error for everything that is wrong with the manifests. */
export function manifestError(problems: readonly Problem[], hint?: string): SluiceError {
  const [only] = problems;
  const message =
    problems.length === 1 && only
      ? only.message
      : `There are ${problems.length} problems in the manifests:\n${problems.map(problem => `- ${problem.message}`).join('\n')}`;
  return new SluiceError('invalid-manifest', message, {
    problems,
    hint: hint ?? 'Nothing was written to the cluster. Correct the manifests and run again.',
  });
}
