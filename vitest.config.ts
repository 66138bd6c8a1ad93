import { defineConfig } from 'vitest/config';

// Starting workerd and bundling Workers takes seconds on a busy machine; these bounds only end what hangs.
const bounds = { testTimeout: 300_000, hookTimeout: 900_000 };

/** Files that measure, which nothing else may disturb. */
const MEASURING = ['bench', 'bench-cli', 'limits', 'selftest'].map((name) => `test/build/${name}.test.ts`);

/**
 * Two files at a time, but for those that measure. It is safe as every file has its ports from the system, and its folders
 * to itself; what files share, the builds and what a bake makes, stands under dist, where a lock or a rename guards it.
 */
export default defineConfig({
  test: {
    globalSetup: ['test/support/build.ts'],
    projects: [
      {
        test: {
          ...bounds,
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // No file leaves anything behind in its process: environment variables and spies are restored, servers closed.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...bounds,
          name: 'deployments',
          include: ['test/{contract,browser}/**/*.test.ts'],
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...bounds,
          name: 'build',
          include: ['test/build/**/*.test.ts'],
          exclude: MEASURING,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...bounds,
          name: 'measuring',
          include: MEASURING,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
