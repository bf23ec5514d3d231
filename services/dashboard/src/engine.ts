import { fileURLToPath } from 'node:url';
import { createForwarder, defineEngine, setting, staticFiles, type EngineContext, type Forwarder, type MountDeclaration } from '@nautilus/engine';

const settings = {
  gatewayUrl: setting.url('DASHBOARD_GATEWAY_URL', 'http://localhost:8001', { help: 'The gateway that the page talks to.' }),
};

interface State {
  readonly forwarder: Forwarder;
}

type Context = EngineContext<typeof settings, State, Record<never, never>>;

const pages = staticFiles(fileURLToPath(new URL('../dist', import.meta.url)));

/** The page and the data it shows come from one origin, so that a browser needs no cross-origin permission. */
const toGateway = (prefix: string): MountDeclaration<Context> => ({
  prefix,
  summary: 'To the gateway.',
  handle: (request, response, context) => context.state.forwarder.http(request, response, context.settings.gatewayUrl),
  upgrade: (request, socket, head, context) => {
    context.state.forwarder.upgrade(request, socket, head, context.settings.gatewayUrl).catch((error: unknown) => {
      context.log.debug({ error }, 'the gateway did not take a WebSocket');
    });
  },
});

export const dashboard = defineEngine({
  name: 'dashboard',
  kind: 'platform',
  summary: 'The browser application: replayed desk, order books, VPIN, features, sources and connections, live.',
  ports: { dual: 3000 },
  settings,
  needs: [],
  start: (): State => ({ forwarder: createForwarder({ timeoutMs: 30_000 }) }),
  stop: (context: Context) => context.state.forwarder.close(),
  mounts: [
    toGateway('/api'),
    toGateway('/monitoring'),
    { prefix: '/', summary: 'The page and its files.', handle: (request, response) => pages(request, response) },
  ],
});
