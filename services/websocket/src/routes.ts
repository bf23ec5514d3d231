import { z } from 'zod';
import { routesOf } from '@nautilus/engine';
import { InvalidInputError, NotFoundError, isTopic, topics } from '@nautilus/model';
import { asyncApi } from './asyncapi.ts';
import { topicCounts } from './cluster.ts';
import { ownHealth, type Context } from './context.ts';
import { sockets } from './sockets.ts';

const { get, post, del } = routesOf<Context>();

const connectionSchema = z.object({
  connection_id: z.string(),
  client_ip: z.string(),
  connect_time: z.string(),
  last_heartbeat: z.string(),
  subscriptions: z.array(z.string()),
  status: z.enum(['open', 'slow', 'closing']),
  queue: z.int().describe('Messages waiting for this client.'),
  delivered: z.int(),
  skipped: z.int().describe('Superseded messages left out for this client.'),
});

const scope = z.enum(['replica', 'cluster']).default('replica').describe('cluster: counts of all replicas, as their heartbeats tell.');
const clusterSchema = z.object({
  connections: z.int(),
  replicas: z.array(z.object({ replica: z.string(), connections: z.int(), queue: z.int(), delivered: z.int(), age_ms: z.number().describe('Since its last heartbeat; 0 for the replica that answers.') })),
});

export const routes = [
  get(
    '/connections',
    { summary: 'Open connections of this replica, or how many each replica has.', query: { scope }, response: z.union([z.array(connectionSchema), clusterSchema]) },
    ({ query }, context) => (query.scope === 'cluster' ? clusterConnections(context) : context.state.hub.connections().map((view) => ({ ...view, subscriptions: [...view.subscriptions] }))),
  ),
  del(
    '/connections/{connection_id}',
    {
      summary: 'Closes a connection.',
      params: { connection_id: z.string() },
      response: z.object({ status: z.literal('closed'), connection_id: z.string() }),
      scope: 'admin',
      errors: { 404: 'No such connection on this replica.' },
    },
    ({ params }, context) => {
      const id = params.connection_id;
      if (!context.state.hub.disconnect(id, 1008, 'closed by an operator')) {
        throw new NotFoundError('connection', `no connection ${id} on this replica`);
      }
      return { status: 'closed' as const, connection_id: id };
    },
  ),
  get(
    '/topics',
    {
      summary: 'Topics seen since the start, with the clients that each reaches on this replica; with scope=cluster those that reach somebody.',
      query: { scope },
      response: z.array(z.object({ topic: z.string(), subscriber_count: z.int() })),
    },
    ({ query }, context) => (query.scope === 'cluster' ? topicCounts(replicas(context)) : [...context.state.hub.topics()]),
  ),
  get('/asyncapi.json', { summary: 'What travels on the sockets, as AsyncAPI 3.0.', response: z.record(z.string(), z.unknown()) }, (_input, context) => asyncApi(context.engine.version, sockets)),
  post(
    '/broadcast',
    {
      summary: 'Sends a message to every subscriber of a topic, on all replicas.',
      body: z.object({
        topic: z.string().describe('Travels as websocket.broadcast.<topic>.'),
        data: z.unknown(),
        message_type: z.string().default('broadcast'),
      }),
      response: z.object({ status: z.literal('accepted'), message_id: z.string(), topic: z.string(), recipients: z.int().describe('Subscribers on this replica.') }),
      example: { topic: 'desk.notice', data: { text: 'Maintenance at 17:00' }, message_type: 'notice' },
    },
    async ({ body }, context) => {
      if (!isTopic(`broadcast.${body.topic}`)) {
        throw new InvalidInputError([{ path: 'topic', message: 'segments of letters, digits, "_" and "-", joined by "."' }]);
      }
      const topic = topics.websocketBroadcast.of(...body.topic.split('.'));
      const messageId = context.newId();
      const data = { message_type: body.message_type, data: body.data };
      // It comes back from the bus to every replica, this one included.
      await context.bus.publish(topic, data, { messageId });
      const recipients = context.state.hub.recipients(topic);
      await context.store.sockets.log([{ id: messageId, time: context.clock.now(), topic, recipients, data }]);
      return { status: 'accepted' as const, message_id: messageId, topic, recipients };
    },
  ),
];

function replicas(context: Context) {
  return context.state.cluster.replicas(ownHealth(context), context.clock.now());
}

function clusterConnections(context: Context): z.input<typeof clusterSchema> {
  const all = replicas(context);
  return {
    connections: all.reduce((sum, { health }) => sum + health.connections, 0),
    replicas: all.map(({ health, ageMs }) => ({ replica: health.replica, connections: health.connections, queue: health.queued, delivered: health.delivered, age_ms: ageMs })),
  };
}
