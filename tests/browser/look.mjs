// Opens a page in headless Chromium and says as JSON what a person would see of it, and what it asked the network for.
// Reads {folder, file, picture, profile, dark, printed, wide} from its standard input; with `markdown` the file is rendered as GitHub does.
// The picture is of the whole page; with `tall` only so many pixels of it, from the section that is headed `begin` on.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const asked = JSON.parse(readFileSync(0, "utf8"));
const packages = createRequire(join(asked.folder, "node_modules", "any.js"));
const load = (name) => import(pathToFileURL(packages.resolve(name)));
const { default: puppeteer } = await load("puppeteer-core");
const unpacked = join(asked.folder, "unpacked");
const browser = await puppeteer.launch({
  executablePath: join(unpacked, "chromium"),
  headless: "shell",
  userDataDir: asked.profile,
  env: { ...process.env, LD_LIBRARY_PATH: join(unpacked, "al2023", "lib"), FONTCONFIG_PATH: join(unpacked, "fonts") },
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});
try {
  const page = await browser.newPage();
  const requests = [], complaints = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.setViewport({ width: asked.wide ?? 1100, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: asked.dark ? "dark" : "light" }]);
  if (asked.printed) await page.emulateMediaType("print");
  if (asked.markdown) {
    const { marked } = await load("marked");
    await page.setContent(marked.parse(readFileSync(asked.file, "utf8"), { gfm: true }));
  } else {
    await page.goto(pathToFileURL(asked.file).href);
  }
  const seen = await page.evaluate(() => {
    const texts = (selector) => [...document.querySelectorAll(selector)].map((node) => node.innerText);
    return {
      title: document.title,
      headings: texts("h1, h2, h3"),
      tables: [...document.querySelectorAll("table")].map((table) => ({
        caption: table.caption?.innerText ?? "",
        heads: [...table.querySelectorAll("thead th")].map((cell) => cell.innerText),
        rows: [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.innerText)),
      })),
      drawings: [...document.querySelectorAll("svg")].map((svg) => svg.getAttribute("aria-label")),
      tags: [...new Set([...document.querySelectorAll("*")].map((node) => node.localName))].sort(),
      handlers: [...document.querySelectorAll("*")].flatMap((node) => node.getAttributeNames()).filter((name) => name.startsWith("on")),
      text: document.body.innerText,
      wider: document.documentElement.scrollWidth > document.documentElement.clientWidth,
      unfolded: [...document.querySelectorAll("details dl")].every((list) => list.checkVisibility({ contentVisibilityAuto: true })),
      background: getComputedStyle(document.body).backgroundColor,
      overlaps: [...document.querySelectorAll("svg")].flatMap((svg) => {
        const boxes = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
        return boxes.flatMap(([one, a], i) => boxes.slice(i + 1)
          .filter(([, b]) => a.left + 1 < b.right && b.left + 1 < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom)
          .map(([other]) => `${one} / ${other}`));
      }),
    };
  });
  if (asked.picture) {
    const top = await page.evaluate((begin) =>
      [...document.querySelectorAll("h2")].find((heading) => heading.innerText === begin)?.getBoundingClientRect().top ?? 0, asked.begin);
    const clip = asked.tall ? { x: 0, y: Math.max(0, top - 16), width: asked.wide ?? 1100, height: asked.tall } : undefined;
    await page.screenshot({ path: asked.picture, clip, fullPage: !clip, captureBeyondViewport: true });
  }
  process.stdout.write(JSON.stringify({ ...seen, requests, complaints }));
} finally {
  await browser.close();
}
