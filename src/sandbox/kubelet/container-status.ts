import type { ContainerState, ContainerStatus } from '../controllers/pods.ts';
import { timestamp } from '../controllers/timestamp.ts';
import type { ContainerHost, ContainerRuntime } from './container-runtime.ts';

/** `10s`, `1m20s`, `5m0s`, as Go prints a duration. */
function goDuration(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function stateOf({ stage, container }: ContainerRuntime, host: Pick<ContainerHost, 'podText'>): ContainerState {
  switch (stage.name) {
    case 'creating':
      return { waiting: { reason: 'ContainerCreating' } };
    case 'config-error':
      return { waiting: { reason: 'CreateContainerConfigError', message: stage.message } };
    case 'pull-error':
      return stage.backingOff
        ? { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${container.image}"` } }
        : {
            waiting: {
              reason: 'ErrImagePull',
              message: `failed to pull and unpack image "${container.image}": not found`,
            },
          };
    case 'running':
      return { running: { startedAt: timestamp(stage.since) } };
    case 'back-off': {
      const message = `back-off ${goDuration(stage.seconds)} restarting failed container=${container.name} pod=${host.podText}`;
      return { waiting: { reason: 'CrashLoopBackOff', message } };
    }
    case 'ended':
      return { terminated: stage.terminated };
  }
}

/** The container as the pod's status shows it. */
export function containerStatus(
  runtime: ContainerRuntime,
  host: Pick<ContainerHost, 'podText' | 'uid'>,
): ContainerStatus {
  const { container, stage, restarts, ready, last } = runtime;
  const running = stage.name === 'running';
  return {
    name: container.name,
    state: stateOf(runtime, host),
    lastState: last ? { terminated: last } : {},
    ready,
    restartCount: restarts,
    image: container.image,
    imageID: running ? `sim://${container.image}` : '',
    ...(running ? { containerID: `sim://${host.uid.slice(0, 8)}-${container.name}-${restarts}` } : {}),
    started: running,
  };
}
