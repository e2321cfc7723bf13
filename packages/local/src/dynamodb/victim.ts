/**
 * A process to be killed by tests: serves the data in a directory and writes
 * its address to stdout. Arguments: directory and, where it is to kill itself
 * at its first commit, the point (`before-commit` or `after-commit`).
 */
import { startDynamodb } from "./endpoint.ts";

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
