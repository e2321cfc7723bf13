import { make, read } from "./function";
import * as Permission from "./permission";
import * as Queues from "./queues";

const { dispatch, mass, external, feedback, inbound, webhook, incoming, provision } = Queues;

/** Sends what waits. The processor composes MIME and signs in to servers; 60 s are two slow servers one after the other. */
const sender = make("Dispatch", {
  file: "dispatch",
  timeout: dispatch.timeout,
  memory: 1_024,
  loops: true,
  permissions: [
    ...Permission.contents,
    Permission.vault("Decrypt", "GenerateDataKey"),
    Permission.mail,
    Permission.account,
    Permission.send(dispatch, mass, external, webhook),
    Permission.consume(dispatch, mass, external),
  ],
});
read(dispatch, sender, { size: 10 });
// Mass mail never takes the whole of what the account may run at once (R-KIND-4)
read(mass, sender, { size: 10, most: 20 });
read(external, sender, { size: 10, most: 200 });

/** What became of mail. It waits for the table more than it computes. */
const recorder = make("Feedback", {
  file: "feedback",
  timeout: feedback.timeout,
  memory: 512,
  permissions: [
    Permission.store,
    Permission.batchGet,
    ...Permission.blobs("Get"),
    Permission.tenantSwitch,
    Permission.send(webhook),
    Permission.consume(feedback),
  ],
});
// 20 emails share a transaction: a batch of 100 in up to 2 s costs least
read(feedback, recorder, { size: 100, window: 2, most: 50 });

/** Mail that came in: 40 MB and its parts take 312 MB, and the processor parses them. */
const receiver = make("Inbound", {
  file: "inbound",
  timeout: inbound.timeout,
  memory: 1_024,
  permissions: [
    ...Permission.contents,
    Permission.vault("Decrypt"),
    Permission.tenantSwitch,
    Permission.bounce,
    Permission.send(dispatch, mass, external, webhook),
    Permission.consume(inbound),
  ],
});
read(inbound, receiver, { size: 1, most: 50 });

/** Tells webhooks: an endpoint has 15 s, and it waits for most of them at once. */
const teller = make("Deliver", {
  file: "deliver",
  timeout: webhook.timeout,
  memory: 512,
  loops: true,
  permissions: [Permission.store, Permission.vault("Decrypt"), Permission.send(webhook), Permission.consume(webhook)],
});
read(webhook, teller, { size: 10, most: 50 });

/** Looks into mailboxes elsewhere: what it fetches is as large as what comes in. */
const fetcher = make("Incoming", {
  file: "incoming",
  timeout: incoming.timeout,
  memory: 1_024,
  loops: true,
  permissions: [
    ...Permission.contents,
    Permission.vault("Decrypt", "GenerateDataKey"),
    Permission.tenantSwitch,
    Permission.bounce,
    Permission.send(dispatch, mass, external, webhook, incoming),
    Permission.consume(incoming),
  ],
});
read(incoming, fetcher, { size: 1, most: 20 });

/**
 * SES allows about one management call a second, and no orders begin after 45 s of a batch: as few at a time as a mapping
 * can have, and no more of it by any other way.
 */
const provisioner = make("Provision", {
  file: "provision",
  timeout: provision.timeout,
  memory: 512,
  reserved: 2,
  permissions: [Permission.store, ...Permission.provision, Permission.send(webhook), Permission.consume(provision)],
});
read(provision, provisioner, { size: 1, most: 2 });
