import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { AnyEngine } from '../declaration.ts';
import type { PlacedRoute } from './declared-paths.ts';

/** The page may load from its own origin only; Swagger UI sets styles on elements. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

const START = `window.ui = SwaggerUIBundle({
  url: document.currentScript.dataset.document,
  domNode: document.getElementById('ui'),
  validatorUrl: null,
  deepLinking: true,
});
`;

/**
 * A list of the routes, which Swagger UI replaces by its view where it can run. `base` leads from the page's folder
 * to `/docs/`; links are relative, so that the page also works behind a proxy that adds a prefix.
 */
export function docsPage(declaration: AnyEngine, routes: readonly PlacedRoute[], base: string): string {
  const rows = routes
    .map(({ path, route }) => `<tr><td>${route.method.toUpperCase()}</td><td><code>${escape(path)}</code></td><td>${escape(route.summary)}</td></tr>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nautilus ${escape(declaration.name)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${base}assets/swagger-ui.css">
</head>
<body>
<div id="ui">
<h1>${escape(declaration.name)}</h1>
<p>${escape(declaration.summary)}</p>
<table>
${rows}
</table>
</div>
<script src="${base}assets/swagger-ui-bundle.js"></script>
<script src="${base}assets/start.js" data-document="${base}openapi.json"></script>
</body>
</html>
`;
}

const loaded = new Map<string, Promise<Buffer>>();

/** A part of the page, or undefined when there is none of that name or the package is not installed. */
export async function asset(name: string): Promise<{ readonly body: string | Buffer; readonly type: string } | undefined> {
  if (name === 'start.js') return { body: START, type: 'text/javascript; charset=utf-8' };
  const type = ASSETS[name];
  if (type === undefined) return undefined;
  try {
    let body = loaded.get(name);
    if (body === undefined) loaded.set(name, (body = readFile(join(packageFolder(), name))));
    return { body: await body, type };
  } catch {
    loaded.delete(name);
    return undefined;
  }
}

function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
