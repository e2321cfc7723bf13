import { runtime } from "@posthouse/aws/runtime";
import { consume } from "@posthouse/aws/sqs-event";
import { run } from "@posthouse/core/database/provision";

/** SQS → what a new database needs at SES. */
export const handler = consume((jobs) => run(runtime(), jobs));
