import { z } from 'zod';
import { isoFromMs } from '@nautilus/model';
import { answer } from '../../route.ts';
import { JSON_TYPE } from '../answers.ts';
import { HttpProblem } from '../problem.ts';
import { asset, PAGE_POLICY } from '../docs-page.ts';
import { common } from './common-context.ts';

const html = { contentType: 'text/html; charset=utf-8', headers: { 'Content-Security-Policy': PAGE_POLICY, 'X-Content-Type-Options': 'nosniff' } };

export const infoRoutes = [
  common.get(
    '/',
    { summary: 'Name and links.', response: z.object({ engine: z.string(), summary: z.string(), version: z.string(), links: z.record(z.string(), z.string()) }) },
    (_input, { deps }) => ({
      engine: deps.context.engine.engine,
      summary: deps.declaration.summary,
      version: deps.context.engine.version,
      links: {
        health: '/health', metrics: '/metrics', docs: '/docs', openapi: '/openapi.json', info: '/info',
        hardware: '/hardware/status', messagebus: '/messagebus/status', subscriptions: '/messagebus/subscriptions',
      },
    }),
  ),
  common.get(
    '/info',
    {
      summary: 'Build and settings; secrets are masked.',
      response: z.object({
        engine: z.string(), version: z.string(), git_sha: z.string().nullable(), node_version: z.string(),
        architecture: z.enum(['dual_bus', 'triple_bus']), started_at: z.string(), config: z.record(z.string(), z.unknown()),
      }),
    },
    (_input, { deps }) => {
      const { engine, version, gitSha, architecture } = deps.context.engine;
      return {
        engine, version, git_sha: gitSha, node_version: process.version, architecture,
        started_at: isoFromMs(deps.startedAt), config: deps.configForInfo(),
      };
    },
  ),
  common.get('/openapi.json', { summary: 'This document.', response: z.looseObject({ openapi: z.string() }) }, (_input, { document }) =>
    answer(200, document('./') as never, { contentType: JSON_TYPE }),
  ),
  common.get('/docs', { summary: 'This document for people; loads nothing from outside.', response: z.string() }, ({ request }, { page }) =>
    answer(200, page(request.path.endsWith('/') ? '' : 'docs/'), html),
  ),
  common.get('/docs/openapi.json', { summary: 'The document as the page reads it.', response: z.looseObject({ openapi: z.string() }) }, (_input, { document }) =>
    answer(200, document('../') as never, { contentType: JSON_TYPE }),
  ),
  common.get('/docs/assets/{file}', { summary: 'Parts of the page.', params: { file: z.string() }, response: z.string(), errors: { 404: 'No such part.' } }, async ({ params }) => {
    const found = await asset(params.file);
    if (found === undefined) throw new HttpProblem(404, 'unknown-asset', 'The page has no such part.');
    return answer(200, found.body as never, { contentType: found.type, headers: { 'Cache-Control': 'public, max-age=3600', 'X-Content-Type-Options': 'nosniff' } });
  }),
];
