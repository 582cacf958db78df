import { cutAnywhere } from './cuts.ts';

cutAnywhere('canary', 'istio');
