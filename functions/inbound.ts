import { measured } from "@posthouse/aws/measured";
import { runtime } from "@posthouse/aws/runtime";
import { consume } from "@posthouse/aws/sqs-event";
import { run } from "@posthouse/core/inbound/batch";

/** Received mail (SES receipt rule → S3 and SNS → SQS) → what it is and whose. */
export const handler = measured(
  "inbound",
  consume((jobs) => run(runtime(), jobs), { text: true }),
);
