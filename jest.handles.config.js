import base from './jest.config.js';
export default { ...base, setupFilesAfterEnv: ['/tmp/handles/setup.cjs'], globalTeardown: undefined };
