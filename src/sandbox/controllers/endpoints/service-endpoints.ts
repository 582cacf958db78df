import { type Controller, keyOf } from '../context.ts';
import { reaches, type Service } from './endpoint-ports.ts';
import { endpointSliceQueue } from './endpoint-slice.ts';
import { endpointsQueue } from './legacy-endpoints.ts';

/** What Services reach, as EndpointSlices and as Endpoints: both look again when a Service or a pod behind it changes. */
export const serviceEndpointsController: Controller = context => {
  const queues = [endpointSliceQueue(context), endpointsQueue(context)];
  function changed(service: Service): void {
    for (const queue of queues) queue.add(keyOf(service));
  }
  context.watch('Service', ({ object }) => changed(object as Service));
  context.watch('Pod', ({ object, previous }) => {
    for (const service of context.api.list<Service>('Service', object.metadata.namespace))
      if (reaches(service, object) || (previous && reaches(service, previous))) changed(service);
  });
};
