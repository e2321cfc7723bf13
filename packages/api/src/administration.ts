import type { AppPorts } from "./context.ts";
import { aliases } from "./routes/aliases.ts";
import { apiKeys } from "./routes/api-keys.ts";
import { audit } from "./routes/audit.ts";
import { companies } from "./routes/companies.ts";
import { exports, imports } from "./routes/configuration.ts";
import { databases } from "./routes/databases.ts";
import { doctor } from "./routes/doctor.ts";
import { domains } from "./routes/domains.ts";
import { erasures } from "./routes/erasures.ts";
import { files } from "./routes/files.ts";
import { inbox } from "./routes/inbox.ts";
import { incomingServers } from "./routes/incoming-servers.ts";
import { messages } from "./routes/messages.ts";
import { operator } from "./routes/operator.ts";
import { optOuts } from "./routes/opt-outs.ts";
import { received } from "./routes/received.ts";
import { reference } from "./routes/reference.ts";
import { senderAddresses } from "./routes/sender-addresses.ts";
import { servers } from "./routes/servers.ts";
import { settings } from "./routes/settings.ts";
import { suppressions } from "./routes/suppressions.ts";
import { threadMessages } from "./routes/thread-messages.ts";
import { threads } from "./routes/threads.ts";
import { unsubscribe } from "./routes/unsubscribe.ts";
import { users } from "./routes/users.ts";
import { operatorWebhookDeliveries, webhookDeliveries } from "./routes/webhook-deliveries.ts";
import { webhookEvents } from "./routes/webhook-events.ts";
import { operatorWebhooks, webhooks } from "./routes/webhooks.ts";
import { shell } from "./shell.ts";

/** The part of the API that sets things up and shows them: loaded by the first request for it. */
export const administration = (ports: AppPorts) =>
  shell(
    ports,
    (app) => void app.route("/", reference()).route("/v1/files", files(ports)).route("/u", unsubscribe(ports)),
  )
    .route("/v1/databases", databases(ports))
    .route("/v1/operator", operator(ports))
    .route("/v1/operator/webhooks", operatorWebhooks(ports))
    .route("/v1/operator/webhooks", operatorWebhookDeliveries(ports))
    .route("/v1/doctor", doctor(ports))
    .route("/v1/aliases", aliases(ports))
    .route("/v1/api-keys", apiKeys(ports))
    .route("/v1/audit", audit(ports))
    .route("/v1/export", exports(ports))
    .route("/v1/import", imports(ports))
    .route("/v1/companies", companies(ports))
    .route("/v1/domains", domains(ports))
    .route("/v1/sender-addresses", senderAddresses(ports))
    .route("/v1/servers", servers(ports))
    .route("/v1/incoming-servers", incomingServers(ports))
    .route("/v1/settings", settings(ports))
    .route("/v1/received", received(ports))
    .route("/v1/threads", threads(ports))
    .route("/v1/threads", messages(ports))
    .route("/v1/threads", threadMessages(ports))
    .route("/v1/users", users(ports))
    .route("/v1/inbox", inbox(ports))
    .route("/v1/suppressions", suppressions(ports))
    .route("/v1/opt-outs", optOuts(ports))
    .route("/v1/webhooks", webhooks(ports))
    .route("/v1/webhooks", webhookDeliveries(ports))
    .route("/v1/webhooks", webhookEvents(ports))
    .route("/v1/erasures", erasures(ports));
