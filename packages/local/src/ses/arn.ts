import { badRequest } from "./error.ts";

/** Where the emulated account lives: both parts appear in each ARN. */
export interface Place {
  region: string;
  accountId: string;
}

/** ARN of a resource of this account, `resource` as `identity/example.com`. */
export function format({ region, accountId }: Place, resource: string): string {
  return `arn:aws:ses:${region}:${accountId}:${resource}`;
}

/** The resource part of an ARN of this account, split at its slashes; `BadRequestException` for any other ARN. */
export function parse(place: Place, arn: string): { kind: string; name: string } {
  const prefix = format(place, "");
  const [kind, name] = arn.startsWith(prefix) ? arn.slice(prefix.length).split("/") : [];
  if (!kind || !name) throw badRequest(`Invalid ARN <${arn}>: expected ${prefix}<type>/<name>.`);
  return { kind, name };
}
