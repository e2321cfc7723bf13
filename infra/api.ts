import { make } from "./function";
import * as Permission from "./permission";
import { dispatch, external, mass, provision, webhook } from "./queues";
import { settings } from "./stage";

/** API Gateway waits 30 s for an answer; ours gives up before it does. A whole processor: a cold start is all processor. */
const app = make("Api", {
  file: "api",
  timeout: 29,
  memory: 1_769,
  permissions: [
    ...Permission.contents,
    Permission.vault("Decrypt", "GenerateDataKey"),
    Permission.account,
    Permission.look,
    ...Permission.reputation,
    Permission.tenantSwitch,
    ...Permission.remove,
    Permission.bounce,
    // The doctor sends a mail to the simulator, and looks at each hop
    Permission.mail,
    ...Permission.inspect,
    Permission.measureAll,
    Permission.send(dispatch, mass, external, provision, webhook),
  ],
});

const { apiDomain, certificate, dns, apiRate, webAcl } = settings;

/** A distribution has records of the same names: either may come first, and a web ACL may come and go. */
const records = sst.aws.dns({ override: true });
/** The domain leads here, but where a distribution stands before it (infra/front.ts). */
const leads = webAcl === undefined ? records : { ...records, createAlias: () => [] };

/** The HTTP API. Its log has no address, no query and no user agent: whoever calls, and for whom, is nobody's here. */
export const api = new sst.aws.ApiGatewayV2("Http", {
  cors: false,
  accessLog: { retention: "1 month" },
  domain: {
    name: apiDomain,
    ...(dns === "manual" ? { dns: false as const, cert: certificate ?? "" } : { dns: leads }),
  },
  transform: {
    // One way in: links and limits know the domain only
    api: { disableExecuteApiEndpoint: true },
    stage: (args) => {
      args.defaultRouteSettings = { throttlingRateLimit: apiRate, throttlingBurstLimit: Math.ceil(apiRate * 2) };
      args.accessLogSettings = $resolve([args.accessLogSettings]).apply(([given]) => ({
        destinationArn: given?.destinationArn ?? "",
        format: JSON.stringify({
          request_id: "$context.requestId",
          at: "$context.requestTimeEpoch",
          method: "$context.httpMethod",
          route: "$context.routeKey",
          status: "$context.status",
          ms: "$context.responseLatency",
          function_ms: "$context.integrationLatency",
          error: "$context.integrationErrorMessage",
        }),
      }));
    },
  },
});
api.route("$default", app.arn);

/** Where it is. */
export const apiUrl = api.url;
