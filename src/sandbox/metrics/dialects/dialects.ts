import type { Counts } from '../book.ts';
import type { Family } from '../family.ts';
import { envoy } from './envoy.ts';
import { ingressNginx } from './ingress-nginx.ts';
import { istio } from './istio.ts';
import { linkerd } from './linkerd.ts';
import { plain } from './plain.ts';
import { traefik } from './traefik.ts';

/** What one kind of program calls the counts, and which of them it can have. A further one is one more file beside this one. */
export type Dialect = (counts: Counts) => Family[];

const DIALECTS: readonly Dialect[] = [plain, istio, linkerd, ingressNginx, envoy, traefik];

/** The same requests, as each kind of program would have counted them. */
export function familiesOf(counts: Counts): Family[] {
  return DIALECTS.flatMap(dialect => dialect(counts));
}
