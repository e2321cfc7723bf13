import { run as dispatch } from "@posthouse/core/dispatch/batch";
import { createTransport } from "nodemailer";
import { createBatchClient, createClient } from "../api.ts";
import { recorded } from "../bare.ts";
import type { Call } from "../calls.ts";
import { replay } from "../replay.ts";
import { lanes } from "../throughput.ts";
import { fixture } from "../world.ts";
import type { Carrier, Product } from "./product.ts";

/** Mails handed over at a time by one lane, as dispatch does. */
const width = 10;

/** What sending a unit of mails has called: what accepted them, and what handed over one of them. */
interface Recorded {
  readonly accept: readonly Call[];
  readonly dispatch: readonly Call[];
  /** The mail that was handed over. */
  readonly id: string;
  readonly ids: readonly string[];
}

/**
 * The floor: the AWS calls of a unit of `mails` (a single one, or a batch), made again by bare clients, and its messages
 * by nodemailer's pool where they go by SMTP. No queue is read and no event taken in.
 * @returns what sends one such unit, a lane each; `close` ends the pool.
 */
export async function createFloor({ world, accounts, port }: Product, carrier: Carrier, mails: number) {
  const { ports, recorder } = recorded(world);
  const [single, many] = [createClient(ports), createBatchClient(ports)];
  const bare = world.moreClients();
  const where = { host: "127.0.0.1", port, ignoreTLS: true };
  const pool = createTransport({ ...where, pool: true, maxConnections: lanes, maxMessages: Infinity });
  const handOver = async ({ id, ...unit }: Recorded, ids: Map<string, string>, name: string): Promise<void> => {
    const fresh = ids.get(name) ?? name;
    await replay(bare, world.ports, unit.dispatch, new Map(ids).set(id, fresh));
    if (carrier === "SMTP") await pool.sendMail({ ...fixture, messageId: `<${fresh}@bench.test>` });
  };
  const lane = async (account: Product["accounts"][number]) => {
    const [one, several] = [single(account), many(account)];
    const send = async (count: number) => (mails === 1 ? [await one()] : several(count));
    const unit = await recordUnit();
    return async () => {
      const ids = new Map<string, string>();
      await replay(bare, world.ports, unit.accept, ids);
      for (let n = 0; n < unit.ids.length; n += width)
        await Promise.all(unit.ids.slice(n, n + width).map((name) => handOver(unit, ids, name)));
    };
    async function recordUnit(): Promise<Recorded> {
      // The first makes what only the first of a day needs
      for (let time = 0; ; time++) {
        const ids = await send(time === 0 ? 1 : mails);
        const accept = recorder.take();
        const [id = ""] = ids;
        const job = { id, group: null, body: { database: account.id, id } };
        await dispatch(ports, [job]);
        const calls = recorder.take();
        if (time === 1) return { accept, dispatch: calls, id, ids };
      }
    }
  };
  const units = [];
  for (const account of accounts) units.push(await lane(account));
  return { units, close: () => pool.close() };
}
