import { cutAnywhere } from './cuts.ts';

cutAnywhere('blue-green', 'gateway-api');
