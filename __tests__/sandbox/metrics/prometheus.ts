import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathOf, startChild } from '../../proxies/child.ts';

/** Name and password of whoever may ask a Prometheus that was started with `auth`. */
export const CREDENTIALS = { name: 'sluice', password: 'open sesame' } as const;
/** Of the password, by bcrypt. */
const HASH = '$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy';

/** Why there is no Prometheus here; undefined where there is one. */
export function missingPrometheus(): string | undefined {
  return pathOf('prometheus') ? undefined : 'prometheus is not installed';
}

export interface PrometheusOptions {
  /** Address that is scraped, with the path of the metrics. */
  scrape: string;
  /** Also the time in which a scrape must be done; 500 where absent. */
  intervalMs?: number;
  /** Only with the credentials above anything is answered. */
  auth?: boolean;
}

export interface PrometheusAnswer {
  httpStatus: number;
  status: 'success' | 'error';
  errorType?: string;
  error?: string;
  data: { resultType: string; result: unknown };
}

/** A real Prometheus, in a process of its own. */
export interface Prometheus {
  url: string;
  /** `query` or `query_range`, with whatever they take. */
  ask(api: 'query' | 'query_range', given: Readonly<Record<string, string>>): Promise<PrometheusAnswer>;
  /** Until what is there now has been scraped. */
  scraped(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const { scrape, intervalMs = 500, auth = false } = options;
  const folder = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'));
  const { host, pathname } = new URL(scrape);
  const configuration = {
    global: { scrape_interval: `${intervalMs}ms`, scrape_timeout: `${intervalMs}ms` },
    scrape_configs: [
      { job_name: 'sandbox', metrics_path: pathname, honor_labels: true, static_configs: [{ targets: [host] }] },
    ],
  };
  const files = { config: join(folder, 'prometheus.yml'), web: join(folder, 'web.yml') };
  await writeFile(files.config, JSON.stringify(configuration));
  await writeFile(files.web, JSON.stringify(auth ? { basic_auth_users: { [CREDENTIALS.name]: HASH } } : {}));
  const child = startChild('prometheus', [
    `--config.file=${files.config}`,
    `--web.config.file=${files.web}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
  ]);
  await Promise.all([child.says(/Listening on/), child.says(/Server is ready to receive web requests/)]);
  const address = child.log.map(line => /Listening on" address=(\S+)/.exec(line)?.[1]).find(Boolean);
  const url = `http://${address}`;
  const basic = Buffer.from(`${CREDENTIALS.name}:${CREDENTIALS.password}`).toString('base64');
  const headers = auth ? { authorization: `Basic ${basic}` } : undefined;

  async function ask(api: 'query' | 'query_range', given: Readonly<Record<string, string>>): Promise<PrometheusAnswer> {
    const body = new URLSearchParams(given);
    const response = await fetch(`${url}/api/v1/${api}`, { method: 'POST', body, ...(headers ? { headers } : {}) });
    return { httpStatus: response.status, ...((await response.json()) as Omit<PrometheusAnswer, 'httpStatus'>) };
  }

  /** How many scrapes have found their target. */
  async function scrapes(): Promise<number> {
    const { data } = await ask('query', { query: 'sum(sum_over_time(up[1h]))' });
    const [sample] = data.result as { value: [number, string] }[];
    return Number(sample?.value[1] ?? 0);
  }

  return {
    url,
    ask,
    async scraped() {
      // One may be under way that began before.
      const wanted = (await scrapes()) + 2;
      while ((await scrapes()) < wanted);
    },
    async stop() {
      child.kill('SIGTERM');
      await child.ended;
      await rm(folder, { recursive: true });
    },
  };
}
