import type { NodemailerError } from "nodemailer/lib/errors";
import type SMTPConnection from "nodemailer/lib/smtp-connection";

/**
 * Runs one step of a connection. Its callback alone is not enough: a connection that breaks meanwhile says so by an
 * event, and drops the callback.
 * @param ms how long the step may take in all
 * @throws NodemailerError
 */
export function step<Result>(
  connection: SMTPConnection,
  ms: number,
  start: (done: (error?: NodemailerError | null, result?: Result) => void) => void,
): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const finish = (error?: NodemailerError | null, result?: Result) => {
      clearTimeout(timer);
      connection.off("error", finish);
      connection.off("end", ended);
      if (error) reject(error);
      else resolve(result);
    };
    const ended = () => setImmediate(finish, new Error("the server closed the connection"));
    const timer = setTimeout(() => {
      connection.close();
      finish(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
    }, ms);
    connection.once("error", finish);
    connection.once("end", ended);
    start(finish);
  });
}
