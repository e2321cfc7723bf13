import type { Actor } from "../audit/actor.ts";
import type { OperatorSettings } from "../operator/settings.ts";
import type { Blobs } from "./blobs.ts";
import type { Bouncer } from "./bouncer.ts";
import type { Clock } from "./clock.ts";
import type { Dns } from "./dns.ts";
import type { Http } from "./http.ts";
import type { Imap } from "./imap.ts";
import type { Inspector } from "./inspector.ts";
import type { Log } from "./log.ts";
import type { MailAuth } from "./mail-auth.ts";
import type { SesMailer, SmtpMailer } from "./mailer.ts";
import type { Metrics } from "./metrics.ts";
import type { Provider } from "./provider.ts";
import type { Queue } from "./queue.ts";
import type { Random } from "./random.ts";
import type { Store } from "./store.ts";
import type { Vault } from "./vault.ts";

/** Everything core needs from outside, handed to each of its functions. */
export interface Ports {
  readonly store: Store;
  readonly queue: Queue;
  readonly blobs: Blobs;
  readonly vault: Vault;
  readonly ses: SesMailer;
  readonly smtp: SmtpMailer;
  readonly provider: Provider;
  readonly bouncer: Bouncer;
  readonly mailAuth: MailAuth;
  readonly dns: Dns;
  readonly http: Http;
  readonly inspector: Inspector;
  readonly imap: Imap;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly operator: OperatorSettings;
  /** Who asks for what is done, for the audit trail; absent = the machinery itself. */
  readonly actor?: Actor | undefined;
}
