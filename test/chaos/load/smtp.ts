import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { SMTPServer, type SMTPServerSession } from "smtp-server";
import type { Seeded } from "../../support/seeded.ts";
import { type Copy, fair, type Weather } from "../fleet/protocol.ts";
import { full, gone } from "./address.ts";

/** An external mail server that outlives all processes of the product, and fails as real ones do. */
export interface ChaosSmtp {
  readonly port: number;
  /** What it took, each recipient of each message, whether its answer arrived or not. */
  readonly copies: readonly Copy[];
  /** How it fails from now on. */
  weather(weather: Weather): void;
  close(): Promise<void>;
}

/** Replies of the matrix by the step they are given at, all for now. */
const replies = {
  connect: ["421 4.3.2 try again later"],
  mail: ["451 4.3.0 local error", "421 4.4.5 too busy", "450 4.7.1 greylisted"],
  rcpt: ["451 4.7.1 greylisted", "450 4.2.1 mailbox busy", "452 4.2.2 over quota"],
  data: ["451 4.3.0 not now", "452 4.3.1 no space", "421 4.4.2 closing"],
} as const;

/** Starts it on a free port of 127.0.0.1, without TLS, with a login that takes any password. */
export async function startSmtp(random: Seeded): Promise<ChaosSmtp> {
  let { faults, forgiving } = fair;
  const copies: Copy[] = [];
  const sockets = new Map<number, Socket>();
  const strikes = () => random.below(1_000_000) < faults * 1_000_000;
  const reply = (step: keyof typeof replies) => {
    const choices: readonly string[] = replies[step];
    return strikes() ? refusal(choices[random.below(choices.length)] ?? "451 no") : undefined;
  };
  const cut = ({ remotePort }: SMTPServerSession): void => void sockets.get(remotePort)?.resetAndDestroy();
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) => done(null, { user: auth.username }),
    onConnect: (_session, done) => done(reply("connect")),
    onMailFrom: (_address, _session, done) => done(reply("mail")),
    onRcptTo({ address }, _session, done) {
      if (!forgiving && gone(address)) return done(refusal("550 5.1.1 no such user"));
      if (!forgiving && full(address)) return done(refusal("452 4.2.2 mailbox full"));
      done(reply("rcpt"));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      const midway = strikes();
      stream.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (midway) cut(session);
      });
      stream.on("end", () => {
        if (midway) return;
        const refused = reply("data");
        if (refused) return done(refused);
        copies.push(...taken(Buffer.concat(chunks).toString("latin1"), session));
        // Taken, and nobody is told: the worst moment for a connection to end
        if (strikes()) cut(session);
        else done();
      });
    },
  });
  server.on("error", () => undefined);
  server.server.on("connection", (socket: Socket) => {
    const { remotePort = 0 } = socket;
    sockets.set(remotePort, socket);
    socket.on("close", () => sockets.delete(remotePort));
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    port: (server.server.address() as AddressInfo).port,
    copies,
    weather(weather) {
      ({ faults, forgiving } = weather);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refusal(line: string): Error {
  return Object.assign(new Error(line.slice(4)), { responseCode: Number(line.slice(0, 3)) });
}

/** The Message-Id leads to the email: the product made it of its id. */
function taken(raw: string, { envelope }: SMTPServerSession): Copy[] {
  const email = /^message-id:\s*<(em_[a-z0-9]+)@/im.exec(raw)?.[1] ?? "";
  return envelope.rcptTo.map(({ address }) => ({ email, recipient: address, provider_id: null }));
}
