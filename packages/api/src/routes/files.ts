import { read } from "@posthouse/core/attachment/read";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";

/** Nothing of a file is ever shown or run under our name: it is saved. */
const policy = "default-src 'none'; sandbox";

/** `/v1/files/{token}`: attachments that were too large for their mail (R-SRV-7); the token is all it takes. */
export const files = (ports: AppPorts) =>
  new Hono<AppEnv>().get("/:token", async (c) => {
    const { filename, bytes } = await read(ports, c.req.param("token"));
    return c.body(new Uint8Array(bytes), 200, {
      // Whatever it is: of what passes for text, an adapter to Lambda makes UTF-8, which its bytes need not be
      "content-type": "application/octet-stream",
      "content-disposition": disposition(filename),
      "content-security-policy": policy,
      "referrer-policy": "no-referrer",
      "x-robots-tag": "noindex",
    });
  });

/** RFC 6266 with the name in both spellings: ASCII for those who know no other, and RFC 8187. */
function disposition(filename: string): string {
  const name = filename.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}/\\]+/gu, "_") || "file";
  const ascii = name.replace(/[^\x20-\x7e]|["%]/g, "_");
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
