import { expect, it } from "vitest";
import { original } from "./srs.ts";

it.each([
  ["SRS0=HHH=TT=customer.example=mary@forwarder.example", "mary@customer.example"],
  ["srs0+hhh=tt=customer.example=mary.ann=x@forwarder.example", "mary.ann=x@customer.example"],
  ["SRS1=HHH=first.example==HHH=TT=customer.example=mary@second.example", "mary@customer.example"],
  ["srs1=hhh=first.example=-hhh=tt=customer.example=mary@second.example", "mary@customer.example"],
  ["mary@customer.example", "mary@customer.example"],
  ["SRS0=HHH=TT=customer.example@forwarder.example", "SRS0=HHH=TT=customer.example@forwarder.example"],
  ["bounces+srs0=a=b=c.example=d@list.example", "bounces+srs0=a=b=c.example=d@list.example"],
])("R-IN-8 the reverse-path %s was %s", (path, before) => expect(original(path)).toBe(before));
