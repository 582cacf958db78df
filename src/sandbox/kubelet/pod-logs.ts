import type { Clock } from '../../clock.ts';
import type { KubeObject } from '../../kube.ts';

export interface LogLine {
  /** Milliseconds since the epoch. */
  time: number;
  text: string;
}

type Listener = (line: LogLine) => void;

/** What the containers of pods wrote: that of the running container and that of the one before it. */
export interface PodLogStore {
  read(pod: KubeObject, container: string, previous: boolean): readonly LogLine[];
  follow(pod: KubeObject, container: string, line: Listener): () => void;
  write(pod: KubeObject, container: string, text: string): void;
  /** A container starts anew: what was written so far is that of the previous one. */
  rotate(pod: KubeObject, container: string): void;
  forget(pod: KubeObject): void;
}

interface Log {
  lines: LogLine[];
  previous: LogLine[];
  listeners: Set<Listener>;
}

export function createPodLogStore(clock: Clock): PodLogStore {
  const byPod = new Map<string, Map<string, Log>>();

  function logOf(pod: KubeObject, container: string): Log {
    const uid = pod.metadata.uid ?? '';
    const logs = byPod.get(uid) ?? new Map<string, Log>();
    byPod.set(uid, logs);
    const log = logs.get(container) ?? { lines: [], previous: [], listeners: new Set() };
    logs.set(container, log);
    return log;
  }

  return {
    read: (pod, container, previous) => {
      const log = byPod.get(pod.metadata.uid ?? '')?.get(container);
      return (previous ? log?.previous : log?.lines) ?? [];
    },
    follow: (pod, container, line) => {
      const { listeners } = logOf(pod, container);
      listeners.add(line);
      return () => listeners.delete(line);
    },
    write: (pod, container, text) => {
      const log = logOf(pod, container);
      for (const part of text.split('\n')) {
        const line = { time: clock.now(), text: part };
        log.lines.push(line);
        for (const listener of log.listeners) listener(line);
      }
    },
    rotate: (pod, container) => {
      const log = logOf(pod, container);
      log.previous = log.lines;
      log.lines = [];
    },
    forget: pod => {
      byPod.delete(pod.metadata.uid ?? '');
    },
  };
}
