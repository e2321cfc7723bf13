import type { AccountLook, IdentityLook, Place } from "../ports/inspector.ts";
import type { Ports } from "../ports/main.ts";

/** What the hops look at: asked once, however many of them need it. SES takes about one such call a second. */
export interface Look {
  readonly ports: Ports;
  readonly place: Place;
  account(): Promise<AccountLook>;
  /** The identity of the root domain. */
  root(): Promise<IdentityLook | null>;
}

/** A look at an installation from within it. */
export function look(ports: Ports, place: Place): Look {
  const { inspector, operator } = ports;
  return {
    ports,
    place,
    account: once(() => inspector.account()),
    root: once(() => inspector.identity(operator.root_domain)),
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}
