import { matrix } from './matrix.ts';
import { INGRESS } from './routed.ts';

matrix('Ingress of nginx', INGRESS);
