import { isIP, type Socket } from "node:net";
import { rootCertificates, connect as tls } from "node:tls";
import type { ImapEndpoint } from "@posthouse/core/ports/imap";
import type { ImapTransport, ImapTransportOptions, ImapTransportSocket } from "imapflow";
import type { ImapOptions } from "./options.ts";

/** What an IMAP session runs over: a connection to an address that was checked, its TLS, and a count of what comes in. */
export interface Wire extends ImapTransport {
  /** Resolves when TLS stands. */
  readonly secured: Promise<void>;
  /** Lets so many more octets come in; with more the connection breaks. */
  allow(octets: number): void;
  readonly overrun: boolean;
  destroy(): void;
}

/** For greeting, capabilities and answers without a mail in them. */
const small = 1024 * 1024;

/**
 * Puts a session on a TCP connection that is made already. The client's own limits are for one answer: a server that
 * sends one after the other, each within them, is stopped by the count.
 */
export function createWire(socket: Socket, endpoint: ImapEndpoint, options: ImapOptions): Wire {
  const secured = Promise.withResolvers<void>();
  const count = { left: small, overrun: false };
  const take = (chunk: Buffer) => {
    count.left -= chunk.length;
    if (count.left >= 0) return;
    count.overrun = true;
    socket.destroy();
  };
  const encrypt = (done: () => void): ImapTransportSocket => {
    socket.off("data", take);
    const encrypted = tls({ ...trust(endpoint, options), socket }, () => {
      encrypted.on("data", take);
      secured.resolve();
      done();
    });
    return encrypted;
  };
  return {
    connect({ secure }, done) {
      if (secure) return encrypt(done);
      setImmediate(() => {
        socket.on("data", take);
        done();
      });
      return socket;
    },
    upgrade: (_socket: ImapTransportSocket, _to: ImapTransportOptions, done: () => void) => encrypt(done),
    secured: secured.promise,
    allow: (octets) => void (count.left = octets + small),
    get overrun() {
      return count.overrun;
    },
    destroy: () => void socket.destroy(),
  };
}

function trust({ host, encryption }: ImapEndpoint, { ca = [] }: ImapOptions) {
  return {
    host,
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: encryption.endsWith("_strict"),
    ...(ca.length > 0 && { ca: [...rootCertificates, ...ca] }),
  };
}
