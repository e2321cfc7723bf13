/** An outgoing mail server of a database, as routing sees it (R-SRV-1). */
export interface Server {
  id: string;
  name: string;
  kind: "smtp" | "platform";
  /** Comma-separated domains and full addresses; null = no filter (R-SEL-6). */
  from_filter: string | null;
  /** Lower goes first. */
  priority: number;
  active: boolean;
  /** The user's address of a personal server (R-PERS-1); null = public. */
  owner: string | null;
  /** Whether this server takes a bounce address with a token (R-REW-3). */
  bounce_token: boolean;
  /** ISO 8601 UTC. */
  created_at: string;
}

/** An alias domain with its aliases (R-DOM-1). */
export interface AliasDomain {
  id: string;
  /** Lower-case A-labels. */
  name: string;
  /** The one made with the database, `<database>.<root domain>`. */
  is_default: boolean;
  /** Whether the platform may send for it; the default domain always counts as verified. */
  verified: boolean;
  /** Whether its inbound MX is seen at us, so that a token in the bounce address finds its way back. */
  mx_at_us: boolean;
  priority: number;
  /** ISO 8601 UTC. */
  created_at: string;
  /** Local parts. */
  bounce_alias: string;
  catchall_alias: string;
  /** A local part, or a full address: the unique address of R-UNIQ-1. */
  default_from: string;
}

/** A company of a database; `domain_id` null = the default domain (R-DOM-8). */
export interface Company {
  id: string;
  name: string;
  domain_id: string | null;
  /** ISO 8601 UTC. */
  created_at: string;
}

/** What of a database's settings bears on routing. */
export interface Settings {
  /** R-SEL-2. */
  prefer_notification_server: boolean;
  /** R-UNIQ-1. */
  unique_address_mode: "always" | "fallback";
  /** Id of the server of mass mail (R-KIND-1). */
  dedicated_server: string | null;
  /** R-SRV-10. */
  custom_email_servers: boolean;
  /** R-PERS-1. */
  personal_servers: boolean;
  /** R-SRV-8. */
  default_domain_over_smtp: boolean;
  /** Null = `odoobot@` and `admin@` of the default domain (R-ADDR-1). */
  bot_address: string | null;
  admin_address: string | null;
}

/** Everything routing knows of a database; the order of the lists never matters. */
export interface Configuration {
  /** The database's name. */
  database: string;
  /** The operator's root domain. */
  root_domain: string;
  /** What the platform is; a plain relay follows the smtp rule of R-REW-3. */
  platform: "ses" | "smtp";
  /** Who can follow the unsubscribe link of mass mail (R-KIND-3). @default everybody */
  links?: "everybody" | "machine" | "nobody" | undefined;
  servers: Server[];
  domains: AliasDomain[];
  companies: Company[];
  settings: Settings;
}

/** A mail to be routed, as the caller stated it. */
export interface Mail {
  /** One mailbox; null = none given (R-REW-2). */
  from: string | null;
  kind: "transactional" | "mass";
  /** Company id; without it the database's first company. */
  company?: string | undefined;
  /** Id of a server forced by the caller (R-SEL-8). */
  server?: string | undefined;
  /** Address of the user who made the mail (R-PERS-2, R-KIND-2). */
  creator?: string | undefined;
  /** Mailboxes; without them R-REW-4. */
  reply_to?: string[] | undefined;
  /** False = mass mail without List-Unsubscribe (R-KIND-3). */
  list_unsubscribe?: boolean | undefined;
  /** Its thread, with the address of that one's routing alias (R-REW-4). */
  thread?: { alias: string | null } | undefined;
}

/** How the server was found (R-SEL-10). */
export type Rule =
  | "from_address"
  | "from_domain"
  | "notification_address"
  | "notification_domain"
  | "unfiltered"
  | "first"
  | "platform"
  | "forced"
  | "dedicated"
  | "personal"
  | "unique_address";

/** The closed list of warnings of the HTTP API. */
export type WarningName =
  | "domain_not_verified"
  | "from_not_covered"
  | "unfiltered_server"
  | "bounces_not_received"
  | "default_domain_external"
  | "one_click_unsigned"
  | "cleartext_login";

/** Something the caller should know though the mail goes out. */
export interface Warning {
  name: WarningName;
  message: string;
}

/** Who sends a mail, and as whom. */
export interface Decision {
  /** Null = the platform without a record. */
  server: Server | null;
  over: "platform" | "smtp";
  rule: Rule;
  /** The From as a mailbox in plain Unicode: as the caller wrote it where it was kept. */
  from: string;
  from_address: string;
  /** Display name without quotes; null = none. */
  from_name: string | null;
  /** RFC5321.MailFrom without the bounce token (R-REW-3). */
  envelope_from: string;
  /** Whether the bounce token is to be added to `envelope_from`. */
  envelope_token: boolean;
  /** Mailboxes in plain Unicode (R-REW-4). */
  reply_to: string[];
  /** Whether the reply token is to be added to `reply_to`. */
  reply_token: boolean;
  /** The right side of our Message-Id (R-REW-5). */
  message_id_domain: string;
  /** The alias domain that applies over this server (R-DOM-8, R-DOM-11). */
  domain: AliasDomain;
  /** Whether the address of the given From was replaced. */
  overridden: boolean;
  warnings: Warning[];
}

/** One line of the explanation (R-SEL-10). */
export interface Considered {
  /** Server id, or `platform`. */
  server: string;
  name: string;
  taken: boolean;
  why: string;
}
