import assert from "node:assert/strict";
import test from "node:test";
import { chosenAtFirst, howMany } from "../../../tracker/static/components/typeahead.js";

test("Enter opens the first, unless another is called the same", () => {
  assert.equal(chosenAtFirst(["Byrne, Maria"]), 0);
  assert.equal(chosenAtFirst(["Byrne, Maria", "Byrne, Zoë"]), 0);
  assert.equal(chosenAtFirst(["Byrne, Maria", "Byrne, Zoë", "Byrne, Maria"]), -1);
  assert.equal(chosenAtFirst([]), -1);
});

test("how many were found is said, and what else is to be known", () => {
  assert.equal(howMany(3, ""), "3 found");
  assert.equal(
    howMany(8, "More fit. Type another letter."),
    "8 found. More fit. Type another letter.",
  );
  assert.equal(
    howMany(0, "Nobody found. Check the spelling."),
    "Nobody found. Check the spelling.",
  );
  assert.equal(howMany(0, ""), "Nobody found");
});
