import { read } from "@posthouse/core/attachment/read";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { download } from "../download.ts";

/** `/v1/files/{token}`: attachments that were too large for their mail (R-SRV-7); the token is all it takes. */
export const files = (ports: AppPorts) =>
  new Hono<AppEnv>().get("/:token", async (c) => {
    const file = await read(ports, c.req.param("token"));
    return "link" in file ? c.redirect(file.link, 303) : download(c, file);
  });
