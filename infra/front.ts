import { api } from "./api";
import { settings } from "./stage";

const { apiDomain, dns, frontCertificate, webAcl } = settings;

/** CloudFront's own policies, the same in every account: nothing is kept, and all of a request goes on as it came. */
const [cachingDisabled, allViewer] = ["4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "216adef6-5c7f-47e4-b989-5492eafa07d3"];

/**
 * A distribution before the API that asks the operator's web ACL, for an HTTP API can not: only where one is given. The
 * `Host` of a request goes on, by which the gateway knows its domain and CloudFront the gateway's certificate.
 */
export const front =
  webAcl === undefined
    ? undefined
    : new sst.aws.Cdn("Front", {
        webAclArn: webAcl,
        domain: {
          name: apiDomain,
          ...(dns === "manual"
            ? { dns: false as const, cert: frontCertificate ?? "" }
            : // The gateway's certificate is of the same name, and proves itself by the same record
              { dns: sst.aws.dns({ override: true }) }),
        },
        origins: [
          {
            originId: "api",
            domainName: api.nodes.domainName.domainNameConfiguration.targetDomainName,
            customOriginConfig: {
              httpPort: 80,
              httpsPort: 443,
              originProtocolPolicy: "https-only",
              originSslProtocols: ["TLSv1.2"],
              originReadTimeout: 30,
            },
          },
        ],
        defaultCacheBehavior: {
          targetOriginId: "api",
          viewerProtocolPolicy: "https-only",
          allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
          cachedMethods: ["GET", "HEAD"],
          cachePolicyId: cachingDisabled,
          originRequestPolicyId: allViewer,
          compress: false,
        },
      });
