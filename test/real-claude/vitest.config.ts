import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/real-claude/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
