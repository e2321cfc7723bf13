/**
 * A process to be killed by tests: serves the data in a directory and writes
 * its address to stdout. Arguments: directory and, where it is to kill itself
 * at its first commit, the point (`before-commit` or `after-commit`).
 */
import { enableCompileCache, flushCompileCache } from "node:module";

// One is started again and again, and killed before it would come to keep what it compiled
enableCompileCache();
const { startDynamodb } = await import("./endpoint.ts");
flushCompileCache();

const [dir = "", at] = process.argv.slice(2);

const { url } = await startDynamodb({
  dir,
  ttlSweepMs: 50,
  transactionMs: 1,
  probe: (point) => {
    if (point === at) process.kill(process.pid, "SIGKILL");
  },
});
process.stdout.write(`${url}\n`);
