import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      // What holds nothing of its own between tests shares its modules: to load them anew took a quarter of the time
      {
        extends: true,
        test: {
          name: "shared",
          include: ["packages/{core,api,aws}/**/*.test.ts"],
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "own",
          include: ["packages/local/**/*.test.ts", "test/**/*.test.ts"],
          // Much of the time is waiting: for sockets, for a process to start
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["packages/core/src/**"],
      reporter: ["text-summary"],
      thresholds: { lines: 90, functions: 90, branches: 80, statements: 90 },
    },
  },
});
