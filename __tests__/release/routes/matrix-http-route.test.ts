import { matrix } from './matrix.ts';
import { HTTP_ROUTE } from './routed.ts';

matrix('HTTPRoute', HTTP_ROUTE);
