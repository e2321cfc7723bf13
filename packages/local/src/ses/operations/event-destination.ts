import * as z from "zod";
import * as ConfigurationSet from "../configuration-set.ts";
import { badRequest } from "../error.ts";
import { define } from "../operation.ts";

const PATH = "/v2/email/configuration-sets/:ConfigurationSetName/event-destinations";

const TYPES = [
  "SEND",
  "REJECT",
  "BOUNCE",
  "COMPLAINT",
  "DELIVERY",
  "OPEN",
  "CLICK",
  "RENDERING_FAILURE",
  "DELIVERY_DELAY",
  "SUBSCRIPTION",
] as const;

const set = z.object({ ConfigurationSetName: z.string() });
const named = set.extend({
  EventDestinationName: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "use up to 64 letters, digits, '_' and '-'"),
});
const defined = named.extend({
  EventDestination: z.object({
    Enabled: z.boolean().default(false),
    MatchingEventTypes: z.array(z.enum(TYPES)).min(1),
    SnsDestination: z.object({ TopicArn: z.string().startsWith("arn:aws:sns:") }).optional(),
  }),
});

function build(input: z.output<typeof defined>): ConfigurationSet.EventDestination {
  const { Enabled, MatchingEventTypes, SnsDestination } = input.EventDestination;
  if (!SnsDestination)
    throw badRequest("EventDestination: the embedded SES publishes to SNS only: give SnsDestination.");
  return {
    name: input.EventDestinationName,
    enabled: Enabled,
    types: MatchingEventTypes,
    topic: SnsDestination.TopicArn,
  };
}

const create = define(`POST ${PATH}`, "CreateConfigurationSetEventDestination", defined, (ses, input) =>
  ConfigurationSet.addDestination(ses, input.ConfigurationSetName, build(input)),
);

const get = define(`GET ${PATH}`, "GetConfigurationSetEventDestinations", set, (ses, { ConfigurationSetName }) => ({
  EventDestinations: ConfigurationSet.get(ses, ConfigurationSetName).destinations.map((destination) => ({
    Name: destination.name,
    Enabled: destination.enabled,
    MatchingEventTypes: destination.types,
    SnsDestination: { TopicArn: destination.topic },
  })),
}));

const update = define(
  `PUT ${PATH}/:EventDestinationName`,
  "UpdateConfigurationSetEventDestination",
  defined,
  (ses, input) =>
    ConfigurationSet.setDestination(ses, input.ConfigurationSetName, input.EventDestinationName, build(input)),
);

const remove = define(
  `DELETE ${PATH}/:EventDestinationName`,
  "DeleteConfigurationSetEventDestination",
  named,
  (ses, { ConfigurationSetName, EventDestinationName }) =>
    ConfigurationSet.setDestination(ses, ConfigurationSetName, EventDestinationName, undefined),
);

/** Operations on the event destinations of a configuration set. */
export const eventDestinationOperations = [create, get, update, remove];
