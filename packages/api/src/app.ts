import { AppError } from "@posthouse/core/error";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { methodNotAllowed } from "hono/method-not-allowed";
import { accessLog } from "./access-log.ts";
import { withActor } from "./actor.ts";
import { authenticate } from "./authenticate.ts";
import type { AppEnv, AppPorts } from "./context.ts";
import { notFound, onError, methodNotAllowed as onMethodNotAllowed } from "./error.ts";
import { requestId } from "./request-id.ts";
import { apiKeys } from "./routes/api-keys.ts";
import { audit } from "./routes/audit.ts";
import { batchEmails } from "./routes/batch-emails.ts";
import { companies } from "./routes/companies.ts";
import { exports, imports } from "./routes/configuration.ts";
import { databases } from "./routes/databases.ts";
import { domains } from "./routes/domains.ts";
import { emailActions } from "./routes/email-actions.ts";
import { emails } from "./routes/emails.ts";
import { failedEmails } from "./routes/failed-emails.ts";
import { files } from "./routes/files.ts";
import { operator } from "./routes/operator.ts";
import { rawEmails } from "./routes/raw-emails.ts";
import { reference } from "./routes/reference.ts";
import { senderAddresses } from "./routes/sender-addresses.ts";
import { servers } from "./routes/servers.ts";
import { settings } from "./routes/settings.ts";
import { usage } from "./routes/usage.ts";
import { declaredBody, strictQuery } from "./validation.ts";

/** A request at most, in bytes: what Lambda takes. */
const maxSize = 6 * 1024 * 1024;

const onTooLarge = () => {
  throw new AppError("request_too_large", "A request is at most 6 MB: send less, or in parts.");
};

/** The HTTP API: translates requests to core and its answers back, nothing else. */
export function createApp(given: AppPorts) {
  const ports = withActor(given);
  const app = new Hono<AppEnv>();
  app.use(requestId, accessLog(ports), methodNotAllowed({ app, onMethodNotAllowed }));
  app.onError(onError(ports)).notFound(notFound);
  app.route("/", reference()).route("/v1/files", files(ports));
  app.use("/v1/*", authenticate(ports), bodyLimit({ maxSize, onError: onTooLarge }), declaredBody, strictQuery);
  return app
    .route("/v1/databases", databases(ports))
    .route("/v1/operator", operator(ports))
    .route("/v1/api-keys", apiKeys(ports))
    .route("/v1/audit", audit(ports))
    .route("/v1/export", exports(ports))
    .route("/v1/import", imports(ports))
    .route("/v1/companies", companies(ports))
    .route("/v1/domains", domains(ports))
    .route("/v1/sender-addresses", senderAddresses(ports))
    .route("/v1/servers", servers(ports))
    .route("/v1/settings", settings(ports))
    .route("/v1/emails", emails(ports))
    .route("/v1/emails", batchEmails(ports))
    .route("/v1/emails", emailActions(ports))
    .route("/v1/emails", rawEmails(ports))
    .route("/v1/emails", failedEmails(ports))
    .route("/v1/usage", usage(ports));
}
