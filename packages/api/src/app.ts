import { Hono } from "hono";
import { withActor } from "./actor.ts";
import type { AppEnv, AppPorts } from "./context.ts";
import { prefixes, sending } from "./sending.ts";
import { shell } from "./shell.ts";

/** Loads what is not there from the start. */
export type Load = () => Promise<{ readonly administration: (ports: AppPorts) => Hono<AppEnv> }>;

/**
 * The HTTP API: translates requests to core and its answers back, nothing else. Mail is taken by what is there from the
 * start; everything else comes with the first request for it, so that a cold start does not grow with each resource.
 */
export function createApp(given: AppPorts, load: Load = () => import("./administration.ts")) {
  const ports = withActor(given);
  const mail = sending(ports);
  let others: Promise<Hono<AppEnv>> | undefined;
  const make = async (): Promise<Hono<AppEnv>> => {
    try {
      return (await load()).administration(ports);
    } catch (error) {
      others = undefined;
      return unable(ports, error);
    }
  };
  const administration = () => (others ??= make());
  return new Hono<AppEnv>().all("*", async (c) =>
    (isMail(c.req.path) ? mail : await administration()).fetch(c.req.raw, c.env),
  );
}

/** Answers as any failure is answered; the next request tries anew. */
const unable = (ports: AppPorts, error: unknown) =>
  shell(ports, (app) => {
    app.all("*", () => {
      throw error;
    });
  });

const isMail = (path: string): boolean => prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
