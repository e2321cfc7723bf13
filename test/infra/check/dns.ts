import { region } from "../mock.ts";
import { all, type Stack, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** Where the records are made here they are these, with these values: DKIM, SPF, DMARC, MX of root and wildcard. */
export const dns: Check = ({ stack, settings }) => {
  const made = all(stack, "route53/record:Record").map((record) => {
    const values = (record.inputs["records"] ?? []) as string[];
    return `${text(record, "name")} ${text(record, "type")} ${values.join(" ")}`;
  });
  const wanted = settings["POSTHOUSE_DNS"] === "manual" ? [] : [...fixed(stack, settings), ...dkim(stack)];
  return wanted.filter((one) => !made.includes(one)).map((one) => `there is no record ${one}`);
};

const root = (stack: Stack): string =>
  all(stack, "sesv2/emailIdentity:EmailIdentity")
    .map((one) => text(one, "emailIdentity"))
    .join();

function fixed(stack: Stack, settings: Readonly<Record<string, string>>): string[] {
  const name = root(stack);
  const reports = settings["POSTHOUSE_DMARC_REPORTS"];
  const mx = `MX 10 inbound-smtp.${region}.amazonaws.com`;
  return [
    `bounce.${name} MX 10 feedback-smtp.${region}.amazonses.com`,
    `bounce.${name} TXT v=spf1 include:amazonses.com -all`,
    `_dmarc.${name} TXT v=DMARC1; p=reject${reports === undefined ? "" : `; rua=mailto:${reports}`}`,
    ...(settings["POSTHOUSE_RECEIVES"] === "false" ? [] : [`${name} ${mx}`, `*.${name} ${mx}`]),
  ];
}

/** The mocks' tokens. */
const dkim = (stack: Stack): string[] =>
  ["one", "two", "three"].map((token) => `${token}._domainkey.${root(stack)} CNAME ${token}.dkim.amazonses.com`);
