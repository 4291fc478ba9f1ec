// Print each finding of the AsyncAPI parser in a document, one per line: `node parse_asyncapi.mjs DOCUMENT`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/package.json`);
const { Parser } = require("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
for (const { severity, code, message, path } of diagnostics) {
  console.log(`${severity} ${code} ${path.join(".")}: ${message}`);
}
process.exitCode = document && diagnostics.length === 0 ? 0 : 1;
