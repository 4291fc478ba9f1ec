// Load a page in headless Chromium and print what it shows, as JSON: `node load.mjs BROWSER LIBRARIES PAGE SCREENSHOT`.
// No option weakens the browser's rules about other origins.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/package.json`);
const { chromium } = require("playwright-core");
const [executablePath, libraries, address, path] = process.argv.slice(2);

/** Return the size of each image, and the pixel in its middle if the page can read it. Runs in the page. */
function describeImages() {
  return [...document.images].map((image) => {
    const { id, complete, naturalWidth: width, naturalHeight: height } = image;
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const context = canvas.getContext("2d");
    let pixel = null;
    try {
      context.drawImage(image, -Math.floor(width / 2), -Math.floor(height / 2));
      pixel = [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    } catch {
      // The image is broken, or of another origin without leave to read it.
    }
    return { id, complete, width, height, pixel };
  });
}

const env = { ...process.env, ...(libraries && { LD_LIBRARY_PATH: libraries }) };
const browser = await chromium.launch({ executablePath, env, chromiumSandbox: false, args: ["--no-zygote", "--disable-gpu"] });
try {
  const page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
  const messages = [];
  const responses = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  page.on("response", (response) => responses.push(response));
  await page.goto(address, { timeout: 30_000 });
  await page.waitForFunction(() => [...document.images].every((image) => image.src && image.complete), null, { timeout: 30_000 });
  await page.screenshot({ path });
  const requests = responses.map(async (response) => ({
    url: response.url(),
    method: response.request().method(),
    status: response.status(),
    headers: await response.request().allHeaders(),
  }));
  const images = await page.evaluate(describeImages);
  console.log(JSON.stringify({ version: browser.version(), images, requests: await Promise.all(requests), messages }));
} finally {
  await browser.close();
}
