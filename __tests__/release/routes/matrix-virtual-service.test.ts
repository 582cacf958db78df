import { matrix } from './matrix.ts';
import { VIRTUAL_SERVICE } from './routed.ts';

matrix('VirtualService', VIRTUAL_SERVICE);
