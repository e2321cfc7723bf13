import { isIPv6, type LookupFunction, type Socket, connect as tcp } from "node:net";
import { type Problem, SmtpUnavailable } from "@posthouse/core/ports/mailer";

/** An address of a family gets this long before the next is tried beside it (RFC 8305 §5; slow routes included). */
const attempt = 2_000;

/** What the network says where nobody answered. */
const silent = new Set(["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN"]);

/**
 * A TCP connection to one of these addresses. The name is never looked up again: what was checked is what is
 * connected to (G7).
 * @throws SmtpUnavailable
 */
export function connect(host: string, port: number, addresses: readonly string[], timeout: number): Promise<Socket> {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const lookup: LookupFunction = (_host, _options, callback) => callback(null, found);
  const socket = tcp({
    host,
    port,
    lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: attempt,
    noDelay: true,
  });
  return new Promise((resolve, reject) => {
    const fail = (what: string, problem: Problem) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new SmtpUnavailable("connection", `${what} (${host} port ${port})`, problem));
    };
    const refused = ({ code, message }: NodeJS.ErrnoException) =>
      fail(`connection failed: ${code ?? message}`, silent.has(code ?? "") ? "no_answer" : "refused");
    const timer = setTimeout(() => fail("no answer", "no_answer"), timeout);
    socket.once("error", refused);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", refused);
      resolve(socket);
    });
  });
}
