import * as z from "zod";
import * as Secret from "../database/secret.ts";
import * as Errand from "../doctor/errand.ts";
import type { Failed, Job } from "../job.ts";
import { SmtpUnavailable } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import { bindingOf } from "../server/binding.ts";
import { endpointOf } from "../server/endpoint.ts";
import type { Place } from "../server/gate.ts";
import * as Sent from "../statistics/sent.ts";
import { type Carrier, Silent, smtp } from "./carrier.ts";
import { confirm } from "./guard.ts";
import { Busy } from "./pace.ts";
import { type Carriers, platform } from "./platform.ts";
import { type CarrierOf, type Settling, send } from "./send.ts";

const schema = z.object({ database: z.string().min(1), id: z.string().min(1), busy: z.int().min(0).default(0) });

/**
 * Sends a batch. Platform mail goes side by side; mail of one message group goes in order over one connection. A batch
 * of a FIFO queue may mix groups, so it is grouped again.
 *
 * Nothing of a FIFO queue is reported as failed: it would hold up its whole group. The due index has it still, and the
 * tick brings it back.
 * @returns the ids of standard-queue messages to be delivered again.
 */
export async function run(ports: Ports, jobs: readonly Job[]): Promise<Failed> {
  const groups = Map.groupBy(jobs, ({ id, group }) => group ?? id);
  const carriers = platform(ports, jobs.length);
  const failed: string[] = [];
  const sent = Sent.create();
  const shared = { carriers, sent, opening: Secret.openings(ports) };
  try {
    await Promise.all([...groups.values()].map((group) => runGroup(ports, group, shared, failed)));
  } finally {
    await carriers.close();
    await sent.write(ports);
  }
  return { failed: [...new Set(failed)] };
}

/** What the groups of an invocation have in common. */
interface Shared {
  readonly carriers: Carriers;
  readonly sent: Sent.Sent;
  readonly opening: Secret.Opening;
}

async function runGroup(
  ports: Ports,
  jobs: readonly Job[],
  { carriers, sent, opening }: Shared,
  failed: string[],
): Promise<void> {
  const own = ownCarriers(ports);
  const settling: Promise<void>[] = [];
  const fail = ({ id, group, body }: Job, error: unknown): void => {
    ports.log.error("a dispatch job failed", { operation: "dispatch", code: id, ...of(body), error });
    if (group === null) failed.push(id);
  };
  for (const job of jobs) {
    try {
      const errand = Errand.read(job.body);
      if (errand) {
        await Errand.arrive(ports, errand);
        continue;
      }
      const { busy, ...named } = schema.parse(job.body);
      const carrierOf: CarrierOf = (prepared) => (prepared.server ? own.of(prepared) : carriers.of(prepared, busy));
      const settle: Settling = (work, over) => {
        const counted = work.then((n) => sent.add(named.database, n, over));
        settling.push(counted.catch((error: unknown) => fail(job, error)));
      };
      await send(ports, named, carrierOf, settle, opening);
    } catch (error) {
      if (!(await comesAgain(ports, job, error))) fail(job, error);
    }
  }
  await Promise.all(settling);
  await own.close();
}

/** Whose job it is, for the log; nothing of one that cannot be read. */
function of(body: unknown): { database?: string; email?: string } {
  const { data } = schema.safeParse(body);
  return data ? { database: data.database, email: data.id } : {};
}

/** A mail that SES has no room for now goes to the end of its queue, and says how often: nothing of it is written. */
async function comesAgain(ports: Ports, { body }: Job, error: unknown): Promise<boolean> {
  if (!(error instanceof Busy)) return false;
  const { database, id, busy } = schema.parse(body);
  const { kind, delay } = error;
  const message = { body: { database, id, busy: busy + 1 }, group: database, delay };
  try {
    await ports.queue.send(kind === "mass" ? "mass" : "dispatch", [message]);
    return true;
  } catch (cause) {
    ports.log.warn("not enqueued again, it comes by itself", { database, email: id, error: cause });
    return false;
  }
}

/**
 * Connections of a group, one a server as it is when a mail is prepared: a rerouted mail may need another than its
 * group's, and a server may be changed meanwhile. One that could not be reached, or went silent, is not tried again
 * within the batch.
 */
function ownCarriers(ports: Ports): Carriers {
  const carriers = new Map<string, Carrier>();
  const places = new Map<string, Place>();
  return {
    of({ head, server }) {
      if (!server) throw new Error("an external mail without its server");
      const name = `${server.id} ${bindingOf(server)}`;
      const known = carriers.get(name);
      if (known) return known;
      const carrier = failFast(
        ports,
        smtp(ports, (refused) => endpointOf(ports, head.database, server, refused?.access_token)),
      );
      carriers.set(name, carrier);
      places.set(server.id, { database: head.database, server: server.id });
      return carrier;
    },
    async close() {
      await Promise.all([...carriers.values()].map((carrier) => carrier.close()));
      await Promise.all([...places.values()].map((place) => confirm(ports, place)));
    },
  };
}

/** A server that lets a message wait so long is silent, in ms: each further mail would wait as long. */
const patience = 10_000;

function failFast({ clock }: Pick<Ports, "clock">, carrier: Carrier): Carrier {
  let unavailable: SmtpUnavailable | Silent | undefined;
  return {
    ...carrier,
    async ready() {
      if (unavailable) throw unavailable;
      try {
        await carrier.ready();
      } catch (error) {
        if (error instanceof SmtpUnavailable) unavailable = error;
        throw error;
      }
    },
    async send(...message) {
      const start = clock.now();
      const answer = await carrier.send(...message);
      const broke = answer.outcome === "refused" && answer.failure === "connection";
      if (answer.outcome === "unknown" || (broke && clock.now() - start >= patience)) unavailable = new Silent();
      return answer;
    },
  };
}

export type { Failed, Job };
