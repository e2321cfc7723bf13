import type { Settings } from "../routing/schema.ts";

/** The settings of a database as stored: those of routing and those of the rest. */
export interface SettingsRecord extends Settings {
  /** Raised with every change of the configuration, so that a change decided on an older one is not written. */
  readonly revision: number;
  readonly on_limit: "reject" | "hold";
  readonly sender_addresses: readonly string[];
  readonly tracking: { readonly opens: boolean; readonly clicks: boolean };
  readonly retention: { readonly bodies_days: number; readonly heads_days: number; readonly events_days: number };
  readonly loop_allow_list: readonly string[];
  /** Whether mail that SES takes for spam, or finds a virus in, is kept as `rejected` and nothing else. */
  readonly reject_spam: boolean;
  readonly reject_virus: boolean;
}

/** The settings a database starts with. */
export const defaultSettings: SettingsRecord = {
  revision: 0,
  on_limit: "reject",
  dedicated_server: null,
  custom_email_servers: true,
  personal_servers: true,
  prefer_notification_server: false,
  unique_address_mode: "always",
  default_domain_over_smtp: true,
  admin_address: null,
  bot_address: null,
  sender_addresses: [],
  tracking: { opens: false, clicks: false },
  retention: { bodies_days: 30, heads_days: 90, events_days: 90 },
  loop_allow_list: [],
  reject_spam: true,
  reject_virus: true,
};
