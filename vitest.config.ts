import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Where Node keeps it by itself: the libraries are compiled once, not anew in each of the processes
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "node-compile-cache");

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
          exclude: ["**/node_modules/**", "test/infra/**"],
          // Much of the time is waiting: for sockets, for a process to start
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "infra", include: ["test/infra/**/*.test.ts"], maxWorkers: 3, sequence: { groupOrder: 0 } },
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
