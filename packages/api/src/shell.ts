import { AppError } from "@posthouse/core/error";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { methodNotAllowed } from "hono/method-not-allowed";
import { accessLog } from "./access-log.ts";
import { authenticate } from "./authenticate.ts";
import type { AppEnv, AppPorts } from "./context.ts";
import { notFound, onError, methodNotAllowed as onMethodNotAllowed } from "./error.ts";
import { requestId } from "./request-id.ts";
import { declaredBody, strictQuery } from "./validation.ts";

/** A request at most, in bytes: what Lambda takes. */
const maxSize = 6 * 1024 * 1024;

const onTooLarge = () => {
  throw new AppError("request_too_large", "A request is at most 6 MB: send less, or in parts.");
};

/**
 * A part of the API before it has routes: what every request goes through, and how errors are answered.
 * @param open adds the routes that need no key.
 */
export function shell(ports: AppPorts, open: (app: Hono<AppEnv>) => void): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(requestId, accessLog(ports), methodNotAllowed({ app, onMethodNotAllowed }));
  app.onError(onError(ports)).notFound(notFound);
  open(app);
  return app.use("/v1/*", authenticate(ports), bodyLimit({ maxSize, onError: onTooLarge }), declaredBody, strictQuery);
}
