import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/**/*.test.ts", "functions/**/*.test.ts", "test/**/*.test.ts"],
    // Much of the time is waiting: for sockets, for a process to start
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: "v8",
      include: ["packages/core/src/**"],
      reporter: ["text-summary"],
      thresholds: { lines: 90, functions: 90, branches: 80, statements: 90 },
    },
  },
});
