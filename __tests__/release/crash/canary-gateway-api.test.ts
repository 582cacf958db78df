import { cutAnywhere } from './cuts.ts';

cutAnywhere('canary', 'gateway-api');
