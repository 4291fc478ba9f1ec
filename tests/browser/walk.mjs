// Walk through pages in headless Chromium on a phone, and print what each step shows, as JSON:
// `node walk.mjs BROWSER LIBRARIES SCREENSHOT LOCALE STEPS`. A step opens an address, or clicks a button or link by its name.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/package.json`);
const { chromium } = require("playwright-core");
const [executablePath, libraries, path, locale, steps] = process.argv.slice(2);

/** Return what a person reads, and whether the page is wider than the screen. Runs in the page. */
function describe() {
  const { scrollWidth, clientWidth } = document.documentElement;
  const small = [...document.querySelectorAll("button, a.return")].filter((each) => each.getBoundingClientRect().height < 44);
  return { text: document.body.innerText, isTooWide: scrollWidth > clientWidth, small: small.map((each) => each.innerText) };
}

const env = { ...process.env, ...(libraries && { LD_LIBRARY_PATH: libraries }) };
const browser = await chromium.launch({ executablePath, env, chromiumSandbox: false, args: ["--no-zygote", "--disable-gpu"] });
try {
  const context = await browser.newContext({ viewport: { width: 375, height: 667 }, isMobile: true, hasTouch: true, locale });
  const page = await context.newPage();
  const messages = [];
  const requested = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  page.on("request", (request) => requested.push({ url: request.url(), type: request.resourceType() }));
  page.setDefaultTimeout(15_000);
  const shown = [];
  for (const [number, { open, click, role }] of JSON.parse(steps).entries()) {
    if (open) {
      await page.goto(open);
    } else {
      await Promise.all([page.waitForNavigation(), page.getByRole(role, { name: click }).tap()]);
    }
    await page.screenshot({ path: `${path}-${number}.png`, fullPage: true });
    shown.push({ ...(await page.evaluate(describe)), url: page.url() });
  }
  console.log(JSON.stringify({ shown, requested, messages, cookies: (await context.cookies()).length }));
} finally {
  await browser.close();
}
