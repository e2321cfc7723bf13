import { randomUUID } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { bucket, inboundTopicArn } from "../resources.ts";
import type { Ses } from "./context.ts";

const namespace = "http://ses.amazonaws.com/doc/2010-12-01/";

/** The one rule of the embedded mode, as the cloud has it: all verified domains, kept, and the queue told. */
const active = `<Metadata><Name>posthouse-embedded</Name></Metadata><Rules><member><Name>receive</Name><Enabled>true</Enabled>\
<TlsPolicy>Optional</TlsPolicy><Recipients/><Actions><member><S3Action><BucketName>${bucket}</BucketName>\
<ObjectKeyPrefix>keep-40d/inbound/</ObjectKeyPrefix><TopicArn>${inboundTopicArn}</TopicArn></S3Action></member></Actions>\
<ScanEnabled>true</ScanEnabled></member></Rules>`;

/** DescribeActiveReceiptRuleSet of SES v1, by the AWS Query protocol; v2 knows no receipt rules. Other actions pass. */
export const describe =
  (ses: Ses): MiddlewareHandler<{ Bindings: HttpBindings }> =>
  async (c, next) => {
    const action = "DescribeActiveReceiptRuleSet";
    if (new URLSearchParams(await c.req.text()).get("Action") !== action) return next();
    const result = `<${action}Result>${ses.switches.receiptRules ? active : ""}</${action}Result>`;
    const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
    return c.body(`<${action}Response xmlns="${namespace}">${result}${metadata}</${action}Response>`, 200, {
      "content-type": "text/xml",
    });
  };
