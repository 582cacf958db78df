import type { ReportModel, ReportPhase } from './model.ts';

/** A release as it stands at one moment, also while it moves: then its phase is `running`, and its headline only says what serves. */
export type LiveReport = Omit<ReportModel, 'phase'> & { phase: ReportPhase | 'running' };
