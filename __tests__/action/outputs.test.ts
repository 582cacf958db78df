import { describe, expect, it } from '@jest/globals';
import { setOutputs } from '../../src/action/outputs.ts';
import type { ReportModel } from '../../src/report/model.ts';
import { succeeded } from '../report/models.ts';
import { deployment } from '../report/shop.ts';
import { canarySucceeded, checkFailed, nothingDue, pausedForApproval, rejected, status } from '../report/stories.ts';
import { toolkit } from './runner.ts';

function outputsOf(model: ReportModel): { phase: string | undefined; result: Record<string, unknown> } {
  const { core, outputs } = toolkit();
  setOutputs(core, model);
  return { phase: outputs.get('phase'), result: JSON.parse(outputs.get('result') ?? '') };
}

describe('the outputs', () => {
  it('of a paused release say where it stands, what it waits for, and with which weight', () => {
    const { phase, result } = outputsOf(pausedForApproval);
    expect(phase).toBe('paused');
    expect(result).toMatchObject({
      version: 1,
      strategy: 'canary',
      weight: 25,
      actual: [
        { ...deployment('web'), share: 25 },
        { ...deployment('cart'), share: 50 },
      ],
      step: { index: 6, of: 12, name: 'Wait for approval at 25 %' },
      pause: { why: 'approval', at: '2026-03-14T09:25:53.000Z', resumeAt: null, detail: 'at 25 %' },
      checks: [{ name: 'pods', step: 'Hold 2m at 10 %', verdict: 'pass', samples: 13 }, { step: 'Hold 2m at 25 %' }],
      notes: [expect.stringContaining('router pods')],
    });
    expect(result).not.toHaveProperty('status');
  });

  it('have the weight of the new version: all once it is promoted, none once it is taken back', () => {
    expect(outputsOf(canarySucceeded).result).toMatchObject({ weight: 100, actual: [{ share: 100 }, { share: 100 }] });
    expect(outputsOf(rejected).result).toMatchObject({ weight: 0, rollback: { toRevision: 7, outcome: 'succeeded' } });
    expect(outputsOf(checkFailed).result).toMatchObject({
      reason: 'check-failed',
      weight: 0,
      step: { index: 5, of: 12 },
    });
  });

  it('have nothing of the kind for a release that moves no traffic', () => {
    const empty = { weight: null, actual: [], step: null, pause: null, checks: [], notes: [] };
    expect(outputsOf(succeeded).result).toMatchObject(empty);
    expect(outputsOf(nothingDue).result).toMatchObject({ ...empty, strategy: null, revision: null });
  });

  it('of a question have the answer apart from how the question ended', () => {
    const { phase, result } = outputsOf(status);
    expect(phase).toBe('unchanged');
    expect(result).toMatchObject({
      status: 'paused',
      holder: null,
      pause: { why: 'time', resumeAt: '2026-03-14T10:26:53.000Z' },
    });
  });

  it('of several releases name the others', () => {
    expect(outputsOf({ ...rejected, others: [pausedForApproval] }).result).toMatchObject({
      release: 'shop',
      others: [{ release: 'shop', revision: 8, phase: 'paused', reason: null }],
    });
  });

  it('are cut where they would be too long', () => {
    const notes = Array.from({ length: 50_000 }, (_, index) => `note ${index}`);
    const { result } = outputsOf({ ...pausedForApproval, notes });
    expect(result).toMatchObject({ truncated: true, weight: 25 });
    expect(result['notes']).toHaveLength(20);
  });
});
