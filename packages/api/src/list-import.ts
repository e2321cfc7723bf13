import type { Imported, Options } from "@posthouse/core/suppression/import";
import type { Context } from "hono";
import type { AppEnv, AppPorts } from "./context.ts";
import { idempotencyOfBytes } from "./idempotency.ts";

/** The query of an import. */
type Said = Omit<Options, "dry_run" | "opt_outs"> & { readonly dry_run: "true" | "false" };

/**
 * Takes a CSV into the suppression and opt-out lists: the body of the request, as its query says.
 * @returns what is to be answered, and its status: 202 where a further call has to go on.
 */
export async function importList(
  ports: AppPorts,
  c: Context<AppEnv>,
  said: Said,
  of: Pick<Options, "opt_outs"> = {},
): Promise<[Imported & { dry_run: boolean }, 200 | 202]> {
  const options = { ...said, ...of, dry_run: said.dry_run === "true" };
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  const key = idempotencyOfBytes(c, said, bytes);
  const { run } = await import("@posthouse/core/suppression/import");
  const done = await run(ports, c.var.version.id, bytes, options, key);
  return [{ dry_run: options.dry_run, ...done }, done.next_line === null ? 200 : 202];
}
