/**
 * The store contract: what the product relies on from DynamoDB, as tests on the
 * plain AWS SDK. Any store that passes may stand in for DynamoDB.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { batches } from "./batch.ts";
import { conditions } from "./condition.ts";
import { contention } from "./contention.ts";
import { items } from "./item.ts";
import { queries } from "./query.ts";
import { connect, createTable, type Store } from "./table.ts";
import { timeToLive } from "./time-to-live.ts";
import { transactions } from "./transaction.ts";

/** A started store: where it listens and how to end it. */
export interface Running {
  url: string;
  close(): Promise<void>;
}

/** Registers the contract's tests for the store that `make` starts. */
export function storeContract(name: string, make: () => Promise<Running>): void {
  describe(`store contract: ${name}`, () => {
    let running: Running | undefined;
    let store: Store | undefined;
    const use = (): Store => {
      if (!store) throw new Error("the store has not started");
      return store;
    };

    beforeAll(async () => {
      running = await make();
      store = connect(running.url);
      await createTable(store.client);
    });

    afterAll(async () => {
      store?.client.destroy();
      await running?.close();
    });

    items(use);
    conditions(use);
    queries(use);
    batches(use);
    transactions(use);
    contention(use);
    timeToLive(use);
  });
}
