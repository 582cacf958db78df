import { matrix } from './matrix.ts';
import { SUBSETS } from './routed.ts';

matrix('VirtualService with subsets', SUBSETS, [3_000]);
