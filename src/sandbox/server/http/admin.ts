import type { Fault, Faults } from '../faults.ts';
import type { Answer, Incoming } from './message.ts';
import { json, text } from './message.ts';

/** Path under which a server that was started for tests takes orders. */
export const ADMIN_PREFIX = '/_sandbox';

/** `POST /_sandbox/faults` adds one, `DELETE` clears them; `GET /_sandbox/requests` and `/_sandbox/counters` tell what came in, `POST /_sandbox/reset` forgets it. */
export function adminAnswer(faults: Faults, incoming: Incoming): Answer | undefined {
  if (!incoming.path.startsWith(`${ADMIN_PREFIX}/`)) return undefined;
  const order = `${incoming.method} ${incoming.path.slice(ADMIN_PREFIX.length)}`;
  switch (order) {
    case 'POST /faults':
      faults.add(JSON.parse(incoming.body.toString()) as Fault);
      return json(201, { pending: faults.pending });
    case 'GET /faults':
      return json(200, { pending: faults.pending });
    case 'DELETE /faults':
      faults.clear();
      return json(200, { pending: [] });
    case 'GET /requests':
      return json(200, faults.requests);
    case 'GET /counters':
      return json(200, faults.counters());
    case 'POST /reset':
      faults.reset();
      return json(200, {});
    default:
      return text(404, '404 page not found\n');
  }
}
