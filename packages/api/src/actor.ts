import { AsyncLocalStorage } from "node:async_hooks";
import type { Actor } from "@posthouse/core/audit/actor";
import type { AppPorts } from "./context.ts";

/** Who acts in the request at hand. */
const acting = new AsyncLocalStorage<Actor>();

/**
 * Ports that say of each request who makes it, so that every change finds its actor for the audit trail: routes are
 * made once with their ports, and a route that forgot to hand the caller on would leave a change without a name.
 */
export const withActor = (ports: AppPorts): AppPorts => ({
  ...ports,
  get actor() {
    return acting.getStore();
  },
});

/** Runs the rest of a request as somebody's. */
export const actAs = <T>(actor: Actor, rest: () => Promise<T>): Promise<T> => acting.run(actor, rest);
