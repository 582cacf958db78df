import { isReady, type Pod } from '../controllers/pods.ts';
import { SANDBOX } from '../kubelet/behaviour.ts';
import type { PodServer } from '../kubelet/pod-http.ts';
import { text } from '../server/http/message.ts';
import type { Api } from '../types.ts';
import type { MetricsBook } from './book.ts';
import { familiesOf } from './dialects/dialects.ts';
import { EXPOSITION_TYPE, expositionText } from './family.ts';
import { createHistory, type History } from './history.ts';
import { queryAnswer } from './query-api.ts';

const SERVES = `${SANDBOX}serves`;
const SCRAPE_INTERVAL = 1000;
const RETENTION = 15 * 60_000;

export interface PrometheusPods {
  /** What such a pod answers; undefined for other pods. */
  serve: PodServer;
  stop(): void;
}

interface Running {
  history: History;
  /** Undefined while it does not scrape. */
  cancel: (() => void) | undefined;
}

/**
 * Pods with the annotation `sandbox.sluice.dev/serves: prometheus` are what it says: as long as one is ready it scrapes the
 * book, and it answers queries over what it has found. Without such a pod nothing is scraped, and no time is spent.
 */
export function runPrometheusPods(api: Api, book: MetricsBook): PrometheusPods {
  const { clock } = api;
  const running = new Map<string, Running>();

  function scrape(one: Running): void {
    one.history.append(
      clock.now(),
      familiesOf(book.counts()).flatMap(({ samples }) => samples),
    );
    one.cancel = clock.after(SCRAPE_INTERVAL, () => scrape(one));
  }

  function see(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const one = running.get(uid) ?? { history: createHistory(RETENTION), cancel: undefined };
    running.set(uid, one);
    if (isReady(pod) === (one.cancel !== undefined)) return;
    one.cancel?.();
    one.cancel = isReady(pod) ? clock.after(0, () => scrape(one)) : undefined;
  }

  function end(uid: string): void {
    running.get(uid)?.cancel?.();
    running.delete(uid);
  }

  const unsubscribe = api.subscribe(({ kind, crd }, { type, object }) => {
    if (kind !== 'Pod' || crd || object.metadata.annotations?.[SERVES] !== 'prometheus') return;
    if (type === 'DELETED') end(object.metadata.uid ?? '');
    else see(object as Pod);
  });

  return {
    serve: (pod, { incoming, path }) => {
      const one = running.get(pod.metadata.uid ?? '');
      if (!one) return undefined;
      const answer = queryAnswer(one.history, clock.now(), incoming, `/${path}`);
      if (answer) return answer;
      if (path === '-/ready') return text(200, 'Prometheus Server is Ready.\n');
      if (path !== 'metrics') return text(404, '404 page not found\n');
      const body = expositionText(familiesOf(book.counts()));
      return { status: 200, body, contentType: EXPOSITION_TYPE };
    },
    stop: () => {
      unsubscribe();
      for (const uid of [...running.keys()]) end(uid);
    },
  };
}
