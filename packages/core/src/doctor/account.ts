import { type Finding, ill, well } from "./hop.ts";
import type { Look } from "./look.ts";
import { isKnownCaller, trouble, within } from "./trouble.ts";
import { waiting } from "./waiting.ts";

/** From this part of the daily quota on it is said, that there is time to have it raised. */
const nearlyAll = 0.8;
/** How far clocks may differ, in ms. AWS refuses requests from 5 minutes on. */
const farthest = 60_000;

/** How long it may take to count the mail that the sandbox holds, in ms: the sandbox itself is to be told in any case. */
const patience = 3_000;

const help = "see docs/doctor.md";

/** Whether AWS knows who asks. What it then forbids is another hop's matter. */
export async function credentials({ account }: Look): Promise<Finding> {
  try {
    await account();
  } catch (error) {
    if (!isKnownCaller(error)) return trouble(error);
  }
  return well("AWS knows who asks");
}

/** Whether SES is in the Region, and receives mail there: where it does, its inbound host has an address. */
export async function region({ ports, place, account }: Look): Promise<Finding> {
  const { region: name, receives } = place;
  if (!receives) {
    await account();
    return well(`${name}; this installation receives no mail`);
  }
  const [, addresses] = await Promise.all([account(), ports.dns.addresses(`inbound-smtp.${name}.amazonaws.com`)]);
  if (addresses.length > 0) return well(`${name}; SES sends and receives there`);
  return ill(
    `${name}; SES receives no mail there`,
    "Deploy to a Region where SES receives mail, or set POSTHOUSE_RECEIVES=false and receive nothing.",
  );
}

/** Whether our clock is right, by that of AWS: it refuses what is signed by a wrong one. */
export async function clock({ ports, account }: Look): Promise<Finding> {
  const { date } = await account();
  if (date === null) return ill("AWS's answer had no Date", "Ask again.");
  const ahead = ports.clock.now() - date;
  if (Math.abs(ahead) <= farthest) return well("within a minute of AWS's");
  const seconds = Math.round(Math.abs(ahead) / 1000);
  return ill(
    `${seconds} seconds ${ahead > 0 ? "ahead of" : "behind"} AWS's`,
    "Set the clock of this machine by NTP. In the embedded mode it was moved on: start with a new data directory.",
  );
}

/** Whether the account may send to everybody, and how much of its quota is left. */
export async function account({ ports, account: ask }: Look): Promise<Finding> {
  const { enabled, sandbox, enforcement, limit, used, rate, plan } = await ask();
  const quota = limit === null ? "without a daily limit" : `${used} of ${limit} recipients in 24 hours`;
  const paid = plan === null ? "" : `; pricing plan ${plan}`;
  const fast = rate === null ? "" : `, ${rate} a second`;
  const found = `${sandbox ? "in the sandbox" : "production"}; ${quota}${fast}${paid}`;
  if (!enabled || enforcement === "SHUTDOWN")
    return ill(
      `${found}; sending is stopped`,
      `SES has stopped the account, or somebody has paused it: read the account dashboard of SES; ${help}.`,
    );
  if (sandbox)
    return ill(
      `${found}; mail to recipients that are not verified waits: ${await howMuch(ports)}`,
      `Ask for production access: \`npm run doctor -- --production-access\` prints the request; ${help}.`,
    );
  if (enforcement === "PROBATION")
    return ill(
      `${found}; under review`,
      "SES sees too many bounces or complaints: find the databases in the dashboard.",
    );
  if (limit !== null && used >= limit * nearlyAll)
    return ill(`${found}; nearly all`, "Ask AWS for a higher sending quota (Service Quotas, Amazon SES) in time.");
  return well(found);
}

async function howMuch(ports: Look["ports"]): Promise<string> {
  try {
    const { count, more } = await within(patience, waiting(ports));
    return `${count}${more ? " or more" : ""} ${count === 1 && !more ? "email" : "emails"}`;
  } catch {
    // The table's own hop says what is wrong with it
    return "it could not be counted";
  }
}
