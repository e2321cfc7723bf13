/** Whether it is what SES says to a topic that it was just told to publish to: it speaks of no mail. */
export const isGreeting = (body: unknown): boolean =>
  typeof body === "string" && /^Successfully validated SNS topic/.test(body);
