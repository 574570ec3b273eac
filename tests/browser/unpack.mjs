// Unpacks the Chromium of @sparticuz/chromium, and the libraries that Amazon Linux would have, below FOLDER/unpacked.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = resolve(process.argv[2]);
const unpacked = join(folder, "unpacked");
rmSync(unpacked, { recursive: true, force: true });
mkdirSync(unpacked, { recursive: true });
process.env.TMPDIR = unpacked;
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs24.x"; // the package unpacks the libraries for Lambda's runtime alone
const packages = createRequire(join(folder, "node_modules", "any.js"));
const { default: chromium } = await import(pathToFileURL(packages.resolve("@sparticuz/chromium")));
await chromium.executablePath();

// The package's own list of font folders is Lambda's: this one has the font that came with it, the same on every machine.
const fonts = join(unpacked, "fonts");
writeFileSync(join(fonts, "fonts.conf"), `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><cachedir>${join(unpacked, "fonts-cache")}</cachedir></fontconfig>
`);
