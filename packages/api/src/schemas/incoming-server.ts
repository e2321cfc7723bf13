import * as z from "zod";
import { line, text } from "./text.ts";

const secret = (what: string) =>
  text(20_000)
    .optional()
    .meta({ description: `${what} Write-only: never answered.`, writeOnly: true });

const fields = {
  port: z.number().int().min(1).max(65_535).optional().meta({ description: "Default 993. 25 is refused." }),
  encryption: z
    .enum(["tls_strict", "tls", "starttls_strict", "starttls"])
    .optional()
    .meta({ description: "strict = the certificate is checked; tls = implicit TLS. Default `tls_strict`." }),
  authentication: z.enum(["login", "oauth2"]).optional().meta({ description: "Default `login`." }),
  password: secret("For `login`."),
  client_id: secret("For `oauth2`."),
  client_secret: secret("For `oauth2`."),
  refresh_token: secret("For `oauth2`."),
  token_url: secret("https, for `oauth2`: where a refresh token is given for an access token."),
  mailbox: text(500).optional().meta({ description: "The folder. Default `INBOX`." }),
  address: line(320).optional().meta({
    description:
      "Whose the mailbox is: the recipient of a mail whose header names no address of the database. Default: the username, where that is an address.",
  }),
  after: z.enum(["keep", "seen", "delete"]).optional().meta({
    description: "What becomes of a mail in its mailbox once it was taken in: seen = marked as read. Default `seen`.",
  }),
  active: z.boolean().optional(),
  poll_minutes: z
    .number()
    .int()
    .min(1)
    .max(60)
    .optional()
    .meta({ description: "How often it is looked at. Default 1." }),
};

/** `POST /v1/incoming-servers` */
export const create = z.strictObject({ name: text(200), host: line(253), username: text(320), ...fields });

/** `POST /v1/incoming-servers/test`: one as it would be made, its name left out or not. */
export const test = create.extend({ name: create.shape.name.optional() });

/** `PATCH /v1/incoming-servers/{id}` */
export const patch = create.partial();
