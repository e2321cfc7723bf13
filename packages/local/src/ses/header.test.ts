import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Header from "./header.ts";

const name = fc.stringMatching(/^X-[A-Za-z]{1,8}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,40}[!-~])?$/);
const fields = fc.array(fc.tuple(name, value), { minLength: 1 });

describe("a message's header", () => {
  it("is read back as it was written, with either line end, and the body stays as it is", () => {
    fc.assert(
      fc.property(fields, fc.constantFrom("\n", "\r\n"), fc.uint8Array(), (list, end, bytes) => {
        const head = list.map(([key, text]) => `${key}: ${text}${end}`).join("") + end;
        const { fields, body } = Header.split(Buffer.concat([Buffer.from(head), bytes]));
        expect(fields.map((field) => [field.name, field.value])).toEqual(list);
        expect(body).toEqual(Buffer.from(bytes));
        const again = Header.split(Header.join(fields, body));
        expect(again.fields).toEqual(fields);
        expect(again.body).toEqual(body);
      }),
    );
  });

  it("takes any bytes without another error than its own", () => {
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.string().map((text) => new TextEncoder().encode(`A: b\r\n${text}`)),
    );
    fc.assert(
      fc.property(bytes, (raw) => {
        try {
          Header.split(Buffer.from(raw));
        } catch (error) {
          expect(error).toMatchObject({ name: "BadRequestException" });
        }
      }),
    );
  });

  it("unfolds values and keeps their text", () => {
    const { fields } = Header.split(Buffer.from("To: a@x.org,\r\n\tb@x.org\r\nSubject:\r\n late\r\n\r\n"));
    expect(fields.map(({ value }) => value)).toEqual(["a@x.org, b@x.org", "late"]);
    expect(Header.join(fields, Buffer.alloc(0)).toString()).toBe(
      "To: a@x.org,\r\n\tb@x.org\r\nSubject:\r\n late\r\n\r\n",
    );
  });
});
