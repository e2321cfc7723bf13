import fc from "fast-check";
import { expect, it } from "vitest";
import * as Id from "./id.ts";

it("an id made of a text leads back to it, and sorts as the text does", () => {
  const texts = fc.stringMatching(/^[!-~]{0,254}$/);
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      const [one, other] = [Id.of("suppression", a), Id.of("suppression", b)];
      expect(Id.textOf("suppression", one)).toBe(a);
      expect(Id.textOf("opt_out", one)).toBeUndefined();
      expect(one < other).toBe(a < b);
    }),
  );
});

it("a text that is no such id is none, whatever it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const found = Id.textOf("suppression", `sup_${text}`);
      if (found !== undefined) expect(Id.of("suppression", found)).toBe(`sup_${text}`);
    }),
  );
});
