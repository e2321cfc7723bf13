import * as z from "zod";
import type { Failed, Job } from "../job.ts";
import { SmtpUnavailable } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import { endpointOf } from "../server/endpoint.ts";
import { type Carrier, relayEndpoint, ses, smtp } from "./carrier.ts";
import type { Prepared } from "./prepare.ts";
import { type CarrierOf, send } from "./send.ts";

const schema = z.object({ database: z.string().min(1), id: z.string().min(1) });

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
  const platform = platformCarrier(ports);
  const failed: string[] = [];
  try {
    await Promise.all([...groups.values()].map((group) => runGroup(ports, group, platform, failed)));
  } finally {
    await platform.close();
  }
  return { failed };
}

async function runGroup(
  ports: Ports,
  jobs: readonly Job[],
  platform: PlatformCarrier,
  failed: string[],
): Promise<void> {
  const own = ownCarriers(ports);
  const carrierOf: CarrierOf = (prepared) => (prepared.server ? own.of(prepared) : platform.of(prepared));
  for (const job of jobs) {
    try {
      await send(ports, schema.parse(job.body), carrierOf);
    } catch (error) {
      ports.log.error("a dispatch job failed", { operation: "dispatch", code: job.id, error });
      if (job.group === null) failed.push(job.id);
    }
  }
  await own.close();
}

interface PlatformCarrier {
  of(prepared: Prepared): Carrier;
  close(): Promise<void>;
}

/** SES, or connections to the operator's relay, one for each mail of the batch since they go side by side. */
function platformCarrier(ports: Ports): PlatformCarrier {
  const url = ports.operator.platform_smtp_url;
  if (ports.operator.platform === "ses" || url === null)
    return { of: ({ head }) => ses(ports, head.database), close: async () => {} };
  const relays: Carrier[] = [];
  return {
    of: () => {
      const relay = smtp(ports, async () => relayEndpoint(url));
      relays.push(relay);
      return relay;
    },
    close: async () => void (await Promise.all(relays.map((relay) => relay.close()))),
  };
}

/**
 * Connections of a group, one a server: a rerouted mail may need another than its group's. A server that could not be
 * reached is not tried again within the batch.
 */
function ownCarriers(ports: Ports): PlatformCarrier {
  const carriers = new Map<string, Carrier>();
  return {
    of({ head, server }) {
      if (!server) throw new Error("an external mail without its server");
      const known = carriers.get(server.id);
      if (known) return known;
      const carrier = failFast(
        smtp(ports, (refused) => endpointOf(ports, head.database, server, refused?.access_token)),
      );
      carriers.set(server.id, carrier);
      return carrier;
    },
    close: async () => void (await Promise.all([...carriers.values()].map((carrier) => carrier.close()))),
  };
}

function failFast(carrier: Carrier): Carrier {
  let unavailable: SmtpUnavailable | undefined;
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
  };
}

export type { Failed, Job };
