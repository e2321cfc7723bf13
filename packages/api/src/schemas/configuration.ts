import * as z from "zod";
import * as Alias from "./alias.ts";
import * as Domain from "./domain.ts";
import * as Server from "./server.ts";
import * as Settings from "./settings.ts";
import { text } from "./text.ts";

const secrets = {
  password: true,
  certificate: true,
  private_key: true,
  client_id: true,
  client_secret: true,
  refresh_token: true,
  token_url: true,
} as const;

const reference = text(260).min(1);
const { bounce_alias, catchall_alias, default_from } = Domain.create.shape;
const aliases = { bounce_alias, catchall_alias, default_from };

const company = z.strictObject({
  name: text(200),
  domain: reference
    .nullable()
    .optional()
    .meta({ description: "The name of one of `domains`; null = the default one." }),
});
const domain = Domain.create.omit({ companies: true });
const server = Server.create.omit(secrets);
const settings = Settings.patch.extend({
  dedicated_server: reference.nullable().optional().meta({ description: "The name of one of `servers`, or null." }),
});

/** The configuration of a database without ids and secrets. Of several of one name the second is `name#2`. */
const fields = {
  object: z.literal("configuration").optional(),
  database: text(63).optional().meta({ description: "What it was read from; says nothing." }),
  default_domain: z.strictObject(aliases).optional().meta({ description: "Aliases of the default domain." }),
  domains: z.array(domain).max(499).optional(),
  companies: z.array(company).min(1).max(80).optional(),
  servers: z.array(server).max(1_000).optional(),
  settings: settings.optional(),
  aliases: z.array(Alias.entry).max(10_000).optional().meta({ description: "Routing aliases, by their addresses." }),
};

/** `PUT /v1/import` */
export const document = z.strictObject(fields).meta({ id: "Configuration" });

/** `PUT /v1/import`, its query */
export const importQuery = z.strictObject({
  dry_run: z
    .enum(["true", "false"])
    .optional()
    .meta({ description: "`true` says what would be done, and does nothing." }),
});
