export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', experimental: { keepImportAttributes: true }, parser: { syntax: 'typescript', importAttributes: true } }, module: { type: 'es6' } }],
  },
  reporters: ['default', '<rootDir>/scripts/jest-reporter.js'],
  // Most tests wait for a sandbox or a process: two workers suit two cores and more.
  maxWorkers: 2,
  testTimeout: 30_000,
};
