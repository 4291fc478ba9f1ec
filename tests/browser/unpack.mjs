// Unpack the Chromium of @sparticuz/chromium, and the libraries it needs, into TMPDIR: `node unpack.mjs`.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const main = createRequire(`${process.cwd()}/package.json`).resolve("@sparticuz/chromium");
const { inflate } = await import(pathToFileURL(main));
const packed = join(dirname(main), "..", "bin");
await Promise.all(["chromium.br", "al2023.tar.br"].map((name) => inflate(join(packed, name))));
