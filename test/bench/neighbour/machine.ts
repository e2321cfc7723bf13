/**
 * The whole product in a process of its own, as `npm start` starts it: `fork` it with SES's rate (recipients a second; 0 =
 * none). It tells where it is, then of each hand-over of transactional mail; a message from outside asks how much mass
 * mail has gone out.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMachine } from "@posthouse/local/machine";

const rate = Number(process.argv[2] ?? 0);
const data_dir = await mkdtemp(join(tmpdir(), "posthouse-bench-"));
let mass = 0;

const machine = await startMachine({
  data_dir,
  port: 0,
  operatorKey: "ph_op_bench",
  root_domain: "posthouse.test",
  platform_smtp_url: null,
  public_url: null,
  private_smtp_hosts: false,
  dns_servers: ["127.0.0.1:9"],
  reset_utc: "23:00",
  waits: { tick: 60, recovery: 900, unknown: 900, lease: 60 },
  ses: {
    ...(rate > 0 && { maxSendRate: rate }),
    hook(moment, { recipients, tags }) {
      if (moment === "before") return;
      if (recipients[0]?.startsWith("mass")) mass++;
      else process.send?.({ id: tags["posthouse_email"], at: Date.now() });
    },
  },
});
process.send?.({ url: machine.url });
process.on("message", () => process.send?.({ mass }));
process.once("disconnect", () => {
  // Its data is nobody's: there is nothing to be finished
  void rm(data_dir, { recursive: true, force: true }).finally(() => process.exit(0));
});
