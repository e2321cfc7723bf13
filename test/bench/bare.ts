import { createPorts } from "@posthouse/aws/ports";
import { awsConfig } from "@posthouse/local/services";
import { createClient, type Send } from "./api.ts";
import { type Recorder, record } from "./calls.ts";
import { replay } from "./replay.ts";
import type { Account, World } from "./world.ts";

/** Ports like the world's own, whose calls are recorded. */
export function recorded({ env, ports, moreClients }: World): { ports: World["ports"]; recorder: Recorder } {
  const clients = moreClients();
  const { clock, log, operatorKey } = ports;
  const config = awsConfig(env.services, ports.operator, true);
  return { ports: { ...createPorts(config, { clock, log, clients }), operatorKey }, recorder: record(clients) };
}

/**
 * The floor of accepting: the calls that one accepted mail of each account has made, made again by bare clients of the
 * SDK for another email each time.
 */
export async function createBare(world: World, accounts: readonly Account[]): Promise<readonly Send[]> {
  const { ports, recorder } = recorded(world);
  const client = createClient(ports);
  const bare = world.moreClients();
  const lanes: Send[] = [];
  for (const account of accounts) {
    const send = client(account);
    await send();
    recorder.take();
    const id = await send();
    const calls = recorder.take();
    lanes.push(async () => {
      const ids = new Map<string, string>();
      await replay(bare, world.ports, calls, ids);
      return ids.get(id) ?? id;
    });
  }
  return lanes;
}
