import "./workers";
import { make } from "./function";
import * as Permission from "./permission";
import { dispatch, external, incoming, mass, provision, webhook } from "./queues";

/** The minute's work begins no new page after 40 s; one call at an end that hangs may take half a minute more. */
const tick = make("Tick", {
  file: "tick",
  timeout: 120,
  memory: 1_024,
  // The next minute comes anyway
  retries: 0,
  permissions: [
    ...Permission.contents,
    Permission.vault("Decrypt"),
    Permission.tenantSwitch,
    ...Permission.remove,
    Permission.send(dispatch, mass, external, webhook, incoming, provision),
    Permission.measure(dispatch, mass, external, webhook, incoming, provision),
  ],
});

/** Every minute. */
export const schedule = new sst.aws.CronV2("EveryMinute", {
  function: tick.arn,
  schedule: "rate(1 minute)",
  retries: 0,
});
