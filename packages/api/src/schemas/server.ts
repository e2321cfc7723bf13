import * as z from "zod";
import { id, line, text } from "./text.ts";

const secret = (what: string) =>
  text(20_000)
    .optional()
    .meta({ description: `${what} Write-only: never answered.`, writeOnly: true });
const perTime = z.number().int().min(1).max(1_000_000_000).nullable().optional();

const fields = {
  host: line(253).nullable().optional(),
  port: z
    .number()
    .int()
    .min(1)
    .max(65_535)
    .nullable()
    .optional()
    .meta({ description: "Default 465 for `tls*`, else 587. 25 is refused." }),
  encryption: z
    .enum(["none", "starttls", "starttls_strict", "tls", "tls_strict"])
    .nullable()
    .optional()
    .meta({ description: "strict = the certificate is checked; tls = implicit TLS. Default `starttls_strict`." }),
  authentication: z
    .enum(["none", "login", "certificate", "oauth2"])
    .nullable()
    .optional()
    .meta({ description: "Default `login` where there is a username, else `none`." }),
  username: text(320).nullable().optional(),
  password: secret("For `login`."),
  certificate: secret("PEM, for `certificate`."),
  private_key: secret("PEM, for `certificate`."),
  client_id: secret("For `oauth2`."),
  client_secret: secret("For `oauth2`."),
  refresh_token: secret("For `oauth2`."),
  token_url: secret("https, for `oauth2`: where a refresh token is given for an access token."),
  from_filter: text(20_000)
    .nullable()
    .optional()
    .meta({ description: "Comma-separated domains and addresses it may send for; null = none: From is replaced." }),
  priority: z.number().int().min(0).max(1_000_000).optional().meta({ description: "Lower is first. Default 10." }),
  active: z.boolean().optional(),
  max_email_size_mb: z.number().min(1).max(100).optional(),
  owner: line(320)
    .nullable()
    .optional()
    .meta({ description: "A user's address makes it that user's personal server." }),
  limit_per_day: perTime,
  limit_per_minute: perTime,
  bounce_token: z.boolean().optional(),
};

/** `POST /v1/servers` */
export const create = z.strictObject({
  name: text(200),
  kind: z
    .enum(["smtp", "platform"])
    .optional()
    .meta({ description: "`platform` = the operator's own server. Default `smtp`." }),
  ...fields,
});

/** `POST /v1/servers/test`: a server as it would be made, its name left out or not. */
export const test = create.extend({ name: create.shape.name.optional() });

const replacement = id.nullable().optional().meta({
  description:
    "Takes the place of a server that is made inactive or deleted, as the dedicated server and for waiting mail that was forced to it: another server, or null for none.",
});

/** `PATCH /v1/servers/{id}` */
export const patch = z.strictObject({ name: text(200).optional(), ...fields, replacement });

/** `DELETE /v1/servers/{id}` */
export const removeQuery = z.strictObject({
  replacement: text(100).optional().meta({ description: "Another server's id; `null` or empty for none." }),
});
