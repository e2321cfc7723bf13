import type { Break } from "../breaks.ts";

/** Ways to break how functions run and are told of the rest. */
export const run: readonly Break[] = [
  {
    name: "the largest mail has no room",
    file: "infra/workers.ts",
    from: "timeout: inbound.timeout,\n  memory: 1_024",
    to: "timeout: inbound.timeout,\n  memory: 128",
    check: "memory",
    finds: "Inbound has 128 MB and needs 512",
  },
  {
    name: "a mapping has too few readers and no window",
    file: "infra/workers.ts",
    from: "read(mass, sender, { size: 10, most: 20 })",
    to: "read(mass, sender, { size: 20, most: 1 })",
    check: "mapping",
    finds:
      "Lambda does not read MassQueue so: a batch of 20 without a window\nLambda does not read MassQueue so: 1 at once",
  },
  {
    name: "a FIFO queue is read as if it were none",
    file: "infra/workers.ts",
    from: "read(external, sender, { size: 10, most: 200 })",
    to: "read(external, sender, { size: 100, window: 5, most: 200 })",
    check: "mapping",
    finds:
      "Lambda does not read ExternalQueue so: a batch of 100\nLambda does not read ExternalQueue so: a window of 5 s",
  },
  {
    name: "nothing is traced",
    file: "infra/function.ts",
    from: 'mode: "Active"',
    to: 'mode: "PassThrough"',
    check: "trace",
    finds: "Dispatch is not traced",
  },
  {
    name: "a table's name is told by another name",
    file: "infra/link.ts",
    from: "sst.Linkable.wrap(sst.aws.Dynamo, ({ name }) => ({ properties: { name } }))",
    to: "sst.Linkable.wrap(sst.aws.Dynamo, ({ name }) => ({ properties: { table: name } }))",
    check: "link",
    finds: "Tick reads name of Table, which is told table",
  },
  {
    name: "a queue's URL is told by another name",
    file: "infra/link.ts",
    from: "({ url }) => ({ properties: { url } })",
    to: "({ url }) => ({ properties: { address: url } })",
    check: "link",
    finds: "Deliver reads url of WebhookQueue, which is told address",
  },
];
