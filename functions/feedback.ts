import { measured } from "@posthouse/aws/measured";
import { runtime } from "@posthouse/aws/runtime";
import { consume } from "@posthouse/aws/sqs-event";
import { run } from "@posthouse/core/feedback/batch";

/** SES events (SNS → SQS) → what became of a mail. */
export const handler = measured(
  "feedback",
  consume((jobs) => run(runtime(), jobs), { text: true }),
);
