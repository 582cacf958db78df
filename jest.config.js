export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', experimental: { keepImportAttributes: true }, parser: { syntax: 'typescript', importAttributes: true } }, module: { type: 'es6' } }],
  },
  reporters: ['default', '<rootDir>/scripts/jest-reporter.js'],
  testTimeout: 30_000,
};
