import { cutAnywhere } from './cuts.ts';

cutAnywhere('canary', 'nginx');
