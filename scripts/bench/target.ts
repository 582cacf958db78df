/** The cluster of a benchmark. */
export interface Target {
  /** For the report. */
  name: string;
  /** For both contenders; its traffic is counted where it can be. */
  kubeconfig: string;
  /** Forgets what was counted so far. */
  reset(): Promise<void>;
  counted(): Promise<Counted>;
  close(): Promise<void>;
}

export interface Counted {
  connections: number;
  /** Of the API server; only the sandbox tells. */
  requests?: number;
  /** Requests that store something: neither dry runs nor reviews. */
  writes?: number;
}
