import { join } from "node:path";
import { startDynamodb } from "@posthouse/local/dynamodb/endpoint";
import { conflict } from "@posthouse/local/dynamodb/error";
import { broken, conflicted, type Fault, type FaultHook, throttled } from "@posthouse/local/dynamodb/fault";
import { createTable } from "@posthouse/local/table";
import type { Start } from "../fleet/protocol.ts";
import type { Handlers, State } from "./state.ts";

/** DynamoDB, with its faults: throttled, conflicts, 5xx and cut connections before the work and after it. */
export async function startDynamodbRole({ dir, ports }: Start, state: State): Promise<Handlers> {
  const port = ports.dynamodb;
  const { url } = await startDynamodb({ dir: join(dir, "dynamodb"), port, now: state.clock.now, fault: hook(state) });
  await createTable(url);
  return {};
}

const writes = ["PutItem", "UpdateItem", "DeleteItem"];
const calls = [...writes, "GetItem", "BatchGetItem", "Query", "TransactWriteItems"];

const hook =
  (state: State): FaultHook =>
  ({ operation, input }) => {
    if (!calls.includes(operation) || !state.strikes()) return undefined;
    const before: Fault = { when: "before", error: throttled() };
    const faults: [Fault, ...Fault[]] = [
      before,
      { when: "before", error: broken() },
      { when: "after", error: broken() },
      { when: "before" },
      { when: "after" },
    ];
    if (writes.includes(operation)) faults.push({ when: "before", error: conflict() });
    const actions = input["TransactItems"];
    if (Array.isArray(actions)) faults.push({ when: "before", error: conflicted(actions.length) });
    return state.pick(faults);
  };
