import { SMTPServer } from "smtp-server";

/** `npm run sink [port]`: an SMTP server that takes any mail and prints it, to try a server of one's own with. */
const port = Number(process.argv[2] ?? 2526);
if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError("Give a port from 1 to 65535.");

const server = new SMTPServer({
  disabledCommands: ["STARTTLS"],
  authOptional: true,
  allowInsecureAuth: true,
  onAuth: ({ username }, _session, done) => done(null, { user: username }),
  onData(stream, { envelope, user }, done) {
    const to = envelope.rcptTo.map(({ address }) => address).join(", ");
    const from = envelope.mailFrom ? envelope.mailFrom.address : "";
    process.stdout.write(`\n--- ${user ?? "no login"}: MAIL FROM <${from}> RCPT TO ${to}\n`);
    stream.on("end", () => done());
    stream.pipe(process.stdout, { end: false });
  },
});

// Clients that hang up are no reason to stop
server.on("error", (error) => process.stdout.write(`${error.message}\n`));
server.listen(port, "127.0.0.1", () => process.stdout.write(`An SMTP server takes mail on 127.0.0.1:${port}\n`));
