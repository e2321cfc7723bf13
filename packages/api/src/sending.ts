import type { AppPorts } from "./context.ts";
import { batchEmails } from "./routes/batch-emails.ts";
import { emailActions } from "./routes/email-actions.ts";
import { emails } from "./routes/emails.ts";
import { failedEmails } from "./routes/failed-emails.ts";
import { rawEmails } from "./routes/raw-emails.ts";
import { usage } from "./routes/usage.ts";
import { shell } from "./shell.ts";

/** Where the routes of {@link sending} are: what they do not know is nowhere. */
export const prefixes = ["/v1/emails", "/v1/usage"] as const;

/** The part of the API that mail goes through: there from the start. */
export const sending = (ports: AppPorts) =>
  shell(ports, () => undefined)
    .route("/v1/emails", emails(ports))
    .route("/v1/emails", batchEmails(ports))
    .route("/v1/emails", emailActions(ports))
    .route("/v1/emails", rawEmails(ports))
    .route("/v1/emails", failedEmails(ports))
    .route("/v1/usage", usage(ports));
