/** Tests run on the TypeScript sources: swc strips the types, nothing has to be built first. */

/**
 * A lookup of these in the realm of a test is slow, unless the wrapper of each file has them as parameters: tests that
 * calculate take half the time. Functions that tests replace are missing here.
 */
const builtIns = [
  ...['Array', 'BigInt', 'Boolean', 'DataView', 'Error', 'Infinity', 'JSON', 'Map', 'Math', 'Number', 'Object'],
  ...['Promise', 'RangeError', 'Reflect', 'Set', 'String', 'Symbol', 'TypeError', 'Uint8Array', 'WeakMap', 'WeakRef'],
];

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Nothing here waits for time to pass; this only says when a machine under load has hung.
  testTimeout: 120_000,
  // Tests with servers wait most of their time. Each server has ports and a folder of its own.
  maxWorkers: '100%',
  sandboxInjectedGlobals: builtIns,
  transform: {
    '^.+\\.[tj]s$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  // These are published as ECMAScript modules only.
  transformIgnorePatterns: ['/node_modules/(?!uuid/|@noble/ciphers/)'],
  // Says which servers were missing.
  globalTeardown: '<rootDir>/test/support/left-out.ts',
  moduleNameMapper: {
    '^swarmstate$': '<rootDir>/src/index.ts',
    '^swarmstate/proto$': '<rootDir>/src/proto.ts',
    '^swarmstate/cache$': '<rootDir>/src/cache.ts',
    '^swarmstate/files$': '<rootDir>/src/files.ts',
    '^swarmstate/inspect$': '<rootDir>/src/inspect.ts',
    '^swarmstate/loops$': '<rootDir>/src/loops.ts',
    '^swarmstate/replicated$': '<rootDir>/src/replicated.ts',
    '^swarmstate/resources$': '<rootDir>/src/resources.ts',
    '^swarmstate/testing$': '<rootDir>/src/testing.ts',
    '^swarmstate/swarm$': '<rootDir>/src/swarm.ts',
    '^swarmstate/remote$': '<rootDir>/src/remote.ts',
    '^swarmstate/kv$': '<rootDir>/src/kv.ts',
    '^swarmstate/(kv|testing|remote)/(\\w+)$': '<rootDir>/src/$1-$2.ts',
  },
};
