import { COMPARED } from '../compare-check.ts';
import { cutAnywhere } from './cuts.ts';

cutAnywhere('canary', 'gateway-api', { named: ' with a fresh baseline', every: 48, more: COMPARED });
