import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    // Starting workerd and bundling Workers takes seconds on a busy machine; these bounds only end what hangs.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
