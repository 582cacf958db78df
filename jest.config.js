import { existsSync } from 'node:fs';

/** These compare with what a real API server answered, or use public CRDs, which are data beside the checkout: without it they cannot run. */
const RECORDED = [
  '__tests__/health/recorded',
  '__tests__/proxies/',
  '__tests__/release/crash/(canary|blue-green)-(gateway-api|istio|nginx)',
  '__tests__/release/routes/',
  '__tests__/sandbox/apply/contract.test.ts',
  '__tests__/sandbox/crd/public-crds.test.ts',
  '__tests__/sandbox/crd/recorded-custom-resources.test.ts',
  '__tests__/sandbox/controllers/gateway-refs.test.ts',
  '__tests__/sandbox/laws/routed-',
  '__tests__/sandbox/lifecycles.test.ts',
  '__tests__/sandbox/traffic/.*routes.test.ts',
  '__tests__/sandbox/server/contract.test.ts',
  '__tests__/sandbox/validation/recorded-creations.test.ts',
];
const isRecorded = existsSync(new URL('../shared/contract', import.meta.url));
if (!isRecorded) console.warn(`../shared/contract is not there: left out are ${RECORDED.join(', ')}`);

const swc = {
  jsc: {
    target: 'es2024',
    experimental: { keepImportAttributes: true },
    parser: { syntax: 'typescript', importAttributes: true },
  },
  module: { type: 'es6' },
};

export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...(isRecorded ? [] : RECORDED)],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', swc] },
  reporters: ['default', '<rootDir>/scripts/jest-reporter.js'],
  // Many tests wait for a sandbox or a process, in real time: three workers suit two cores and more.
  maxWorkers: 3,
  testTimeout: 30_000,
};
