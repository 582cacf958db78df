/** How much a report tells; less of it in each stage, until the report fits. */
export interface Detail {
  /** Rows of a table. */
  rows: number;
  /** Names in a list of objects. */
  names: number;
  logLines: number;
  events: number;
  /** Characters of one message. */
  text: number;
  chart: boolean;
}

export const FULL: Detail = { rows: 500, names: 1_000, logLines: 200, events: 50, text: 2_000, chart: true };

export const STAGES: readonly Detail[] = [
  FULL,
  { rows: 200, names: 100, logLines: 100, events: 20, text: 600, chart: true },
  { rows: 60, names: 20, logLines: 40, events: 10, text: 300, chart: false },
  { rows: 15, names: 0, logLines: 20, events: 5, text: 200, chart: false },
  { rows: 5, names: 0, logLines: 5, events: 0, text: 120, chart: false },
];
