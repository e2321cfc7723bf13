import { type ImapEndpoint, ImapUnavailable } from "@posthouse/core/ports/imap";
import { ImapFlow, type MailboxObject } from "imapflow";
import { connect } from "../smtp/connect.ts";
import { resolve, systemResolver } from "../smtp/resolve.ts";
import { explain, isGone, type Phase, secretsIn } from "./failure.ts";
import { type ImapOptions, timeouts } from "./options.ts";
import { createWire, type Wire } from "./wire.ts";

/** A session on its way to the mailbox, or there. */
export interface Link {
  readonly flow: ImapFlow;
  readonly wire: Wire;
  /** Why a call has failed, to be told. */
  explain(error: unknown, phase: Phase): ImapUnavailable;
  /** Closes at once, whatever is under way. */
  destroy(): void;
}

/** Octets of one mail at most: what is larger is never asked for. */
const largest = 40 * 1024 * 1024;
/** Octets of a line: of a list of UIDs above all. */
const line = 512 * 1024;

/**
 * Connects by TCP to an address of the host that was checked (G7); nothing is said yet.
 * @param until when all is over, by `performance.now()`.
 * @throws ImapUnavailable
 */
export async function dial(endpoint: ImapEndpoint, options: ImapOptions, until: number): Promise<Link> {
  const secrets = secretsIn(endpoint);
  try {
    const { private_hosts, dns = systemResolver } = options;
    const { port } = endpoint;
    const host = endpoint.host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
    if (port === 25) throw new ImapUnavailable("refused", "port 25 is refused: use 993");
    const limits = { ...timeouts, ...options.timeouts };
    const left = (ms: number) => Math.max(1, Math.min(ms, until - performance.now()));
    const addresses = await resolve(host, { private_hosts, port, dns, timeout: left(limits.resolve) });
    const socket = await connect(host, port, addresses, left(limits.connect));
    return link({ ...endpoint, host }, createWire(socket, { ...endpoint, host }, options), options, until, secrets);
  } catch (error) {
    throw explain(error, "connect", secrets);
  }
}

function link(
  endpoint: ImapEndpoint,
  wire: Wire,
  options: ImapOptions,
  until: number,
  secrets: readonly string[],
): Link {
  const flow = new ImapFlow(settings(endpoint, wire, options));
  // it may break between two calls, when nobody waits for anything; the next call says so
  let broken: unknown;
  flow.on("error", (error: unknown) => void (broken ??= error));
  let late = false;
  const destroy = () => {
    clearTimeout(timer);
    flow.close();
    wire.destroy();
  };
  const timer = setTimeout(
    () => {
      late = true;
      destroy();
    },
    Math.max(1, until - performance.now()),
  );
  return {
    flow,
    wire,
    destroy,
    explain(error, phase) {
      if (late) return new ImapUnavailable("no_answer", "it took too long: no answer in time");
      if (wire.overrun) return new ImapUnavailable("protocol", "the server sent more than was asked for");
      return explain(isGone(error) ? (broken ?? error) : error, phase, secrets);
    },
  };
}

/** R-SRV-3: `starttls` requires TLS without checking the certificate, and never falls back to plain; strict checks it. */
function settings(endpoint: ImapEndpoint, wire: Wire, options: ImapOptions): ConstructorParameters<typeof ImapFlow>[0] {
  const { host, port, encryption, username, password = "", access_token } = endpoint;
  const { greeting, silence } = { ...timeouts, ...options.timeouts };
  const secure = encryption.startsWith("tls");
  return {
    host,
    port,
    secure,
    ...(!secure && { doSTARTTLS: true }),
    transport: wire,
    auth: { user: username, ...(access_token === undefined ? { pass: password } : { accessToken: access_token }) },
    // a mail's text and a login are what it would log
    logger: false,
    disableAutoIdle: true,
    disableCompression: true,
    disableAutoEnable: true,
    disableIMAP4rev2: true,
    disableBinary: true,
    clientInfo: { name: "Posthouse", version: "", vendor: "", "support-url": "" },
    connectionTimeout: greeting,
    greetingTimeout: greeting,
    socketTimeout: silence,
    maxLineLength: line,
    maxLiteralSize: largest + 1,
    maxResponseSize: largest + line,
    maxResponseTokens: 20_000,
  };
}

/** Greeting, TLS and login: two steps of one call, told apart by when TLS stands. @throws what the client throws. */
export async function enter({ flow, wire }: Link, secured: () => void): Promise<void> {
  const ready = flow.connect();
  await Promise.race([wire.secured, ready]);
  secured();
  await ready;
}

/** Opens the folder to be read and marked. @throws what the client throws. */
export const select = (link: Link, { mailbox }: ImapEndpoint): Promise<MailboxObject> => link.flow.mailboxOpen(mailbox);

/** Ends a session with good manners, and soon. */
export async function quit({ flow, destroy }: Link): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 2_000);
  });
  await Promise.race([flow.logout().catch(() => undefined), patience]);
  clearTimeout(timer);
  destroy();
}
