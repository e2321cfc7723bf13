import type { Ports } from "@posthouse/core/ports/main";
import { config, operatorKey } from "./env.ts";
import { createPorts } from "./ports.ts";

/** The ports of this process and the operator's key. */
export type Runtime = Ports & { readonly operatorKey: string };

let made: Runtime | undefined;

/** What a function runs with, made at its first call and kept: clients and caches outlive an invocation. */
export function runtime(): Runtime {
  made ??= { ...createPorts(config()), operatorKey: operatorKey() };
  return made;
}
