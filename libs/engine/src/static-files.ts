import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { NotFoundError } from '@nautilus/model';

/**
 * Serves a built browser application: files under `assets/` carry a hash in their name and may be kept for ever,
 * `index.html` is asked for anew each time. Rejects with NotFoundError for what is not in the folder.
 */
export function staticFiles(folder: string): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const serve = express.static(folder, {
    index: 'index.html',
    setHeaders: (response, path) => {
      response.setHeader('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return (request, response) =>
    new Promise((resolve, reject) => {
      response.once('close', () => resolve());
      serve(request as express.Request, response as express.Response, (error?: unknown) => {
        reject(error instanceof Error ? error : new NotFoundError('page', `nothing is at ${request.url ?? '/'}`));
      });
    });
}
