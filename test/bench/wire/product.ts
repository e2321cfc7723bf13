import { consume } from "@posthouse/aws/sqs-event";
import { run as provision } from "@posthouse/core/database/provision";
import { read } from "@posthouse/core/database/version";
import { run as dispatch } from "@posthouse/core/dispatch/batch";
import { run as feedback } from "@posthouse/core/feedback/batch";
import { run as inbound } from "@posthouse/core/inbound/batch";
import { run as incoming } from "@posthouse/core/incoming/batch";
import * as Server from "@posthouse/core/server/server";
import { run as deliver } from "@posthouse/core/webhook/batch";
import { startPollers } from "@posthouse/local/pollers";
import { startSmtp } from "../smtp/server.ts";
import { type Account, createAccount, startWorld, type World } from "../world.ts";
import { type Arrivals, createArrivals, idIn } from "./arrivals.ts";

/** By what mail goes out. */
export type Carrier = "SES" | "SMTP";

/** Everything from the API to the wire, in this process. */
export interface Product {
  readonly world: World;
  readonly arrivals: Arrivals;
  /** One a caller, each with a server of its own where the mail goes by SMTP. */
  readonly accounts: readonly Account[];
  /** Where the SMTP server listens. */
  readonly port: number;
  close(): Promise<void>;
}

/** Starts it. @param callers at a time, each on a database of its own. @param polls whether what is enqueued is sent; the floor makes the calls itself. */
export async function start(carrier: Carrier, callers: number, polls: boolean): Promise<Product> {
  const arrivals = createArrivals();
  const smtp = await startSmtp(0, (message) => arrivals.note(idIn(message)));
  const world = await startWorld({
    ses: {
      hook: (moment, { tags }) => (moment === "after" ? arrivals.note(tags["posthouse_email"] ?? "") : undefined),
    },
  });
  const stop = polls ? poll(world) : async () => {};
  const accounts = await Promise.all(
    Array.from({ length: callers }, async (_, n) => {
      const account = await createAccount(world.ports, `wire-${n}`);
      if (carrier === "SMTP") await useServer(world, account, smtp.port);
      return account;
    }),
  );
  return {
    world,
    arrivals,
    accounts,
    port: smtp.port,
    async close() {
      await stop();
      await world.close();
      smtp.close();
    },
  };
}

async function useServer({ ports }: World, { id }: Account, port: number): Promise<void> {
  const input = { name: "bench", host: "127.0.0.1", port, encryption: "none", authentication: "none" } as const;
  await Server.create(ports, await read(ports.store, id), input);
}

/** The event-source mappings. */
const poll = ({ env, ports }: World): (() => Promise<void>) =>
  startPollers(
    env.services.fauxqs,
    {
      dispatch: consume((jobs) => dispatch(ports, jobs)),
      feedback: consume((jobs) => feedback(ports, jobs)),
      provision: consume((jobs) => provision(ports, jobs)),
      inbound: consume((jobs) => inbound(ports, jobs)),
      deliver: consume((jobs) => deliver(ports, jobs)),
      incoming: consume((jobs) => incoming(ports, jobs)),
    },
    ports.log,
  );
