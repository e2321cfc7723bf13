import * as z from "zod";
import * as ConfigurationSet from "../configuration-set.ts";
import { define, tagsSchema } from "../operation.ts";
import { page, pageSchema } from "../page.ts";
import { suppressionSchema } from "./suppression.ts";

const PATH = "/v2/email/configuration-sets";
const ONE = `${PATH}/:ConfigurationSetName` as const;

const named = z.object({ ConfigurationSetName: z.string() });

const createSet = define(
  `POST ${PATH}`,
  "CreateConfigurationSet",
  named.extend({
    SendingOptions: z.object({ SendingEnabled: z.boolean().default(true) }).default({ SendingEnabled: true }),
    SuppressionOptions: suppressionSchema.optional(),
    Tags: tagsSchema,
  }),
  (ses, { ConfigurationSetName, SendingOptions, SuppressionOptions, Tags }) =>
    ConfigurationSet.create(ses, {
      name: ConfigurationSetName,
      sendingEnabled: SendingOptions.SendingEnabled,
      tags: Tags,
      ...(SuppressionOptions && {
        suppression: { scope: SuppressionOptions.SuppressionScope, reasons: SuppressionOptions.SuppressedReasons },
      }),
    }),
);

const getSet = define(`GET ${ONE}`, "GetConfigurationSet", named, (ses, { ConfigurationSetName }) => {
  const { name, sendingEnabled, suppression, tags } = ConfigurationSet.get(ses, ConfigurationSetName);
  return {
    ConfigurationSetName: name,
    SendingOptions: { SendingEnabled: sendingEnabled },
    ReputationOptions: { ReputationMetricsEnabled: false },
    ...(suppression && {
      SuppressionOptions: { SuppressedReasons: suppression.reasons, SuppressionScope: suppression.scope },
    }),
    Tags: tags,
  };
});

const deleteSet = define(`DELETE ${ONE}`, "DeleteConfigurationSet", named, (ses, { ConfigurationSetName }) => {
  const { name } = ConfigurationSet.get(ses, ConfigurationSetName);
  const arn = ConfigurationSet.arn(ses, name);
  ses.transaction(() => {
    ses.configurationSets.remove(name);
    for (const { key, value } of ses.associations.list()) if (value.arn === arn) ses.associations.remove(key);
  });
});

const listSets = define(
  "POST /v2/email/list-configuration-sets",
  "ListConfigurationSets",
  pageSchema.extend({ Filter: z.record(z.string(), z.string()).default({}) }),
  (ses, { Filter, ...paging }) => {
    const part = Filter["CONFIGURATION_SET_NAME_CONTAINS"] ?? "";
    const names = ses.configurationSets.list().map(({ key }) => key);
    const { items, ...next } = page(
      names.filter((name) => name.includes(part)),
      (name) => name,
      paging,
    );
    return { ConfigurationSets: items, ...next };
  },
);

const putSending = define(
  `PUT ${ONE}/sending`,
  "PutConfigurationSetSendingOptions",
  named.extend({ SendingEnabled: z.boolean().default(false) }),
  (ses, { ConfigurationSetName, SendingEnabled }) =>
    ConfigurationSet.update(ses, ConfigurationSetName, { sendingEnabled: SendingEnabled }),
);

/** Operations on configuration sets. */
export const configurationSetOperations = [createSet, getSet, deleteSet, listSets, putSending];
