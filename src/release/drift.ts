import { SluiceError } from '../errors.ts';
import { refText } from '../kube.ts';
import { point } from '../traffic/service.ts';
import { lostPins } from './guard.ts';
import type { Stage } from './stage.ts';
import { moveTo } from './traffic-steps.ts';

/** Compares the cluster with what the release has written, and does what the policy says about a difference; whether something was written again. */
export async function settleDrift(stage: Stage, weight: number): Promise<boolean> {
  const { router, settings, deps, view, reported, matching } = stage;
  const pins = lostPins(stage);
  const found = [
    ...router.drift(weight, matching.on),
    ...pins.map(ref => `${refText(ref)} is not pinned to stable any more`),
  ];
  if (found.length === 0) {
    reported.clear();
    return false;
  }
  if (settings.onDrift === 'fail')
    throw new SluiceError('drift', `Somebody else changed what this release had written: ${found.join('; ')}.`, {
      hint: 'Find what writes it (a GitOps tool, a script, a person). With `on-drift: correct` Sluice writes its own value again, with `ignore` it only says so.',
    });
  const isCorrected = settings.onDrift === 'correct';
  const fresh = found.filter(text => isCorrected || !reported.has(text));
  for (const text of found) reported.add(text);
  if (fresh.length > 0) deps.emit({ type: 'drift', found: fresh, corrected: isCorrected });
  if (!isCorrected) return false;
  await moveTo(stage, weight);
  for (const ref of pins) view.enter(await point(deps.cluster, ref, 'stable'));
  return true;
}
