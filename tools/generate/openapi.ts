import { openApiOf, type AnyEngine } from '@nautilus/engine';

/** One OpenAPI document per declaration, the same that `GET /openapi.json` serves. */
export function openApiDocuments(engines: readonly AnyEngine[]): ReadonlyMap<string, string> {
  return new Map(
    engines.map((declaration) => [
      `docs/openapi/${declaration.name}.json`,
      JSON.stringify(openApiOf(declaration), null, 1) + '\n',
    ]),
  );
}
