import { saved } from "@posthouse/core/attachment/disposition";
import type { Context } from "hono";
import type { AppEnv } from "./context.ts";

/** Nothing of a file is ever shown or run under our name: it is saved. */
const policy = "default-src 'none'; sandbox";

/** A file that somebody has sent, to be saved under its name. */
export const download = (
  c: Context<AppEnv>,
  { filename, bytes }: { readonly filename: string; readonly bytes: Uint8Array },
) =>
  c.body(new Uint8Array(bytes), 200, {
    // Whatever it is: of what passes for text, an adapter to Lambda makes UTF-8, which its bytes need not be
    "content-type": "application/octet-stream",
    "content-disposition": saved(filename),
    "content-security-policy": policy,
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
  });
