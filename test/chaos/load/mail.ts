import type { Seeded } from "../../support/seeded.ts";

/** The databases of a run. */
export const databases = ["shop", "tight", "patient", "post"] as const;
export type DatabaseName = (typeof databases)[number];

/** A request that sends, as it was planned. */
export interface Planned {
  readonly n: number;
  readonly database: DatabaseName;
  readonly path: string;
  readonly type: "application/json" | "message/rfc822";
  readonly content: string;
  /** How many mails it makes. */
  readonly mails: number;
  /** Asked by two at the same time. */
  readonly twin: boolean;
  /** Canceled once it is accepted. */
  readonly cancel: boolean;
}

/** A mail as `POST /v1/emails` takes it. */
export interface Body {
  readonly from?: string;
  readonly to: readonly string[];
  readonly kind: "transactional" | "mass";
  readonly subject: string;
  readonly text: string;
  readonly expires_in: number;
}

/** Who `post` sends as, over its own server. */
export const postDomain = "company.example";

/** Long enough for all days of a run. */
const patient_s = 20 * 86_400;
/** For mail that waits in vain. */
const impatient_s = 4 * 3_600;

/** A mail to addresses nobody else of the run has. */
export function mail(random: Seeded, database: DatabaseName, name: string): Body {
  const kind = random.below(10) < 3 ? "mass" : "transactional";
  const to = database === "tight" ? [`box-${name}@example.net`] : recipients(random, database, name);
  return {
    ...(database === "post" && { from: `sales@${postDomain}` }),
    to,
    kind: to.length > 1 ? "transactional" : kind,
    subject: `Order ${name}`,
    // Now and then over what an item holds
    text: "Thank you. ".repeat(random.below(40) === 0 ? 12_000 : 1 + random.below(50)),
    expires_in: to.some((address) => address.startsWith("full-")) ? impatient_s : patient_s,
  };
}

function recipients(random: Seeded, database: DatabaseName, name: string): string[] {
  const several = random.below(10) === 0 ? 2 + random.below(4) : 1;
  return Array.from({ length: several }, (_, k) => {
    const address = `${name}.${k}@example.net`;
    const fate = random.below(50);
    if (database === "post") return fate === 0 ? `gone-${address}` : fate === 1 ? `full-${address}` : `box-${address}`;
    if (fate === 0 && several === 1) return `rejected-${address}`;
    return fate === 1 ? `bounce+${name}.${k}@simulator.amazonses.com` : `box-${address}`;
  });
}

/** The same mail as an application's own MIME. */
export function raw({ from, to, kind, subject, text, expires_in }: Body): Pick<Planned, "path" | "type" | "content"> {
  const fields = [
    ...(from === undefined ? [] : [`From: ${from}`]),
    `To: ${to.join(", ")}`,
    `Subject: ${subject}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
  ];
  const lines = text.replaceAll(". ", ".\r\n");
  return {
    path: `/v1/emails/raw?kind=${kind}&expires_in=${expires_in}`,
    type: "message/rfc822",
    content: `${fields.join("\r\n")}\r\n\r\n${lines}\r\n`,
  };
}
