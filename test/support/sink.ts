import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A message as a real SMTP server got it. */
export interface Caught {
  readonly envelope_from: string;
  readonly recipients: readonly string[];
  readonly raw: string;
  /** The login of its connection; null without one. */
  readonly user: string | null;
}

/** A real SMTP server on a socket that keeps what it gets. */
export interface Sink {
  readonly port: number;
  readonly caught: readonly Caught[];
  /** Connections so far. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** Starts an SMTP server without TLS on a free port of 127.0.0.1. `options` may refuse what it likes. */
export async function startSink(options: SMTPServerOptions = {}): Promise<Sink> {
  const caught: Caught[] = [];
  let connections = 0;
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) => done(null, { user: auth.username }),
    onConnect: (_session, done) => {
      connections++;
      done();
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        caught.push({
          envelope_from: mailFrom ? mailFrom.address : "",
          recipients: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString("utf8"),
          user: typeof session.user === "string" ? session.user : null,
        });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    caught,
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
