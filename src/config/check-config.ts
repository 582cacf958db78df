/** What every check has, whatever it asks. */
export interface CheckSettings {
  intervalMs: number;
  /** Samples after which the check is done; undefined: it goes on as long as the hold. */
  count: number | undefined;
  initialDelayMs: number;
  failureLimit: number;
  errorLimit: number;
  noData: 'fail' | 'inconclusive' | 'ignore';
  dryRun: boolean;
}

interface Common<K extends string> extends CheckSettings {
  kind: K;
  name: string;
}

/** By what a request is let in; the texts are names of the input `credentials`, never values. */
export type Auth = { bearer: string; scheme?: string } | { basic: string };
export type HeaderValue = string | { credential: string };

/** How something beyond the cluster's own API is asked. */
export interface Asking {
  auth: Auth | undefined;
  headers: Readonly<Record<string, HeaderValue>> | undefined;
  /** Longest time until the whole answer is there. */
  timeoutMs: number;
}

/** A Service, asked through the API server's proxy: `name` or `namespace/name`, may hold variables. */
export interface InCluster {
  service: string | undefined;
  /** Number or name; undefined: the first that the Service has. */
  port: string | undefined;
  scheme: 'http' | 'https' | undefined;
}

/** What a number that was measured is held against: at least one of them is given. */
export interface Limits {
  min: number | undefined;
  max: number | undefined;
}

/** How one number is made of several. */
export type Reduce = 'min' | 'max' | 'mean' | 'sum' | 'last';

export type PodsConfig = Common<'pods'>;

export interface HttpConfig extends Common<'http'>, Asking, InCluster {
  /** Undefined: the Service, or the new version's pods where no Service is named either. */
  url: string | undefined;
  path: string;
  method: 'GET' | 'HEAD' | 'POST';
  body: string | undefined;
  /** Codes that pass, from and to inclusive. */
  status: readonly (readonly [number, number])[];
  /** Plain text that the answer must hold. */
  contains: string | undefined;
  maxLatencyMs: number | undefined;
}

/** Whose metrics Prometheus has: what the ready-made questions are made of. */
export type MetricSource = 'plain' | 'istio' | 'linkerd' | 'ingress-nginx' | 'envoy' | 'traefik';

/** Where a Prometheus is, and whose metrics it has. */
export interface PrometheusPlace extends Asking, InCluster {
  url: string | undefined;
  /** Below which the API of a Service is. */
  path: string | undefined;
  /** Undefined: by the router of the release. */
  source: MetricSource | undefined;
  /** Names of labels that differ from the usual ones, by the usual one. */
  labels: Readonly<Record<string, string>> | undefined;
  /** Names of metrics that differ from the usual ones, by the usual one. */
  metrics: Readonly<Record<string, string>> | undefined;
}

export interface PrometheusConfig extends Common<'prometheus'>, PrometheusPlace, Limits {
  query: string;
  windowMs: number;
  reduce: Reduce | undefined;
  /** Given: a range query over the window with this resolution. */
  stepMs: number | undefined;
}

interface Question extends PrometheusPlace, Limits {
  windowMs: number;
  /** With fewer requests in the window nothing is said yet. */
  minRequests: number;
}
/** Percent of the new version's requests that were answered well. */
export interface SuccessRateConfig extends Common<'success-rate'>, Question {}
/** Seconds that 99 of 100 requests to the new version took at most. */
export interface LatencyConfig extends Common<'latency-p99'>, Question {}
/** Requests to the new version that ended in an error within the window. */
export interface ErrorCountConfig extends Common<'error-count'>, Question {}
export type QuestionConfig = SuccessRateConfig | LatencyConfig | ErrorCountConfig;

/** A difference below which none matters. */
export interface MinEffect {
  /** At least 1; times as many. */
  ratio: number;
  /** From 0 to 1; so much more of the requests. */
  points: number;
}

export interface CompareConfig extends Common<'compare'>, PrometheusPlace {
  of: 'errors' | 'latency';
  alpha: number;
  minEffect: MinEffect;
  /** Fewer requests to the new version are no data. */
  minRequests: number;
  /** What the check is at the end of the hold when nothing was shown either way. */
  undecided: 'pass' | 'inconclusive' | 'fail';
  /** Whether the hold may end as soon as harm is excluded. */
  earlyPass: boolean;
  baseline: boolean;
}

export interface MannWhitneyConfig extends Common<'mann-whitney'>, PrometheusPlace {
  /** A question for one version, asked of both: it holds the variables of one side. */
  query: string;
  windowMs: number;
  alpha: number;
  /** Which of two values is the worse. */
  worse: 'higher' | 'lower';
  /** Samples of each version before it is judged. */
  minSamples: number;
}

export interface JobConfig extends Common<'job'> {
  /** The Job as a manifest in JSON, its name and namespace are Sluice's. */
  manifest: Readonly<Record<string, unknown>>;
  timeoutMs: number;
}

export interface WebhookConfig extends Common<'webhook'>, Asking {
  url: string;
}

export interface MetricConfig extends Common<'metric'>, Asking, Limits {
  url: string;
  method: 'GET' | 'POST';
  body: string | undefined;
  jsonPath: string;
  windowMs: number;
  reduce: Reduce | undefined;
  /** Signs requests to AWS with the keys in the environment. */
  aws: { region: string; service: string } | undefined;
}

export type CheckConfig =
  | PodsConfig
  | HttpConfig
  | PrometheusConfig
  | SuccessRateConfig
  | LatencyConfig
  | ErrorCountConfig
  | CompareConfig
  | MannWhitneyConfig
  | JobConfig
  | WebhookConfig
  | MetricConfig;

export type CheckKind = CheckConfig['kind'];
export type CheckOf<K extends CheckKind> = Extract<CheckConfig, { kind: K }>;

/** Whether a check asks about requests to the new version, which before its first traffic there are none of. */
export function needsTraffic({ kind }: CheckConfig): boolean {
  return kind in ASK_ABOUT_REQUESTS;
}

const ASK_ABOUT_REQUESTS: Partial<Record<CheckKind, true>> = {
  'success-rate': true,
  'latency-p99': true,
  'error-count': true,
  compare: true,
  'mann-whitney': true,
};
