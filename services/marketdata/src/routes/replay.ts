import { routesOf } from '@nautilus/engine';
import { InvalidInputError, msFromIso } from '@nautilus/model';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { ReplayCommand, ReplayStatus } from '../replay.ts';
import { symbol } from './schemas.ts';

const { get, post } = routesOf<Context>();

const response = z.object({
  state: z.enum(['idle', 'playing', 'paused', 'seeking', 'finished']),
  speed: z.number(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  position: z.string().nullable().describe('Event time'),
  symbols: z.array(z.string()),
  loop: z.boolean(),
  events_total: z.int().describe('Events in the range'),
  events_sent: z.int().describe('Events of the range sent in this run'),
  run_id: z.string().nullable(),
  progress: z.number().describe('0 to 1: of the range; while seeking, of the way to the position'),
  sessions: z.array(z.object({ date: z.string(), symbols: z.array(z.string()), trades: z.int(), quotes: z.int(), bars: z.int(), books: z.int() })),
});

const fields = {
  state: z.enum(['playing', 'paused']),
  speed: z.number().min(0).max(1_000_000).describe('Multiple of real time; 0 = as fast as the buses accept'),
  position: z.string().describe('ISO 8601; inside from … to'),
  from: z.string().describe('ISO 8601 or a date'),
  to: z.string().describe('ISO 8601 or a date; inclusive'),
  symbols: z.array(symbol),
  loop: z.boolean(),
};
const command = z.object(fields).partial();

const errors = { 404: 'A symbol is not recorded; the recorded ones are listed.', 422: 'Nothing is recorded there, or the position lies outside the range.' };

const DESCRIPTION = `A start, a seek and a loop each begin a new run (\`run_id\`): first everything from the session before up to the position at full speed (\`seeking\`), then on at \`speed\`. Event times are never rewritten. At finite speeds a silence of all symbols of more than five minutes (nights, quiet evenings) is jumped over. \`from\` alone goes to the newest session with trades, \`to\` alone begins with the session it lies in.`;

export const replayRoutes = [
  get('/replay', { summary: 'State of the replay', description: DESCRIPTION, response }, (_input, context) => wire(context.state.replay.status())),

  post('/replay', { summary: 'Changes the replay', description: DESCRIPTION, body: command, response, errors, example: { state: 'playing', speed: 60 } },
    ({ body }, context) => apply(body, context)),

  post('/replay/start', { summary: 'Starts or continues the replay', body: command, response, errors, example: {} },
    ({ body }, context) => apply({ ...body, state: 'playing' }, context)),
  post('/replay/pause', { summary: 'Pauses the replay', body: command, response, errors, example: {} },
    ({ body }, context) => apply({ ...body, state: 'paused' }, context)),
  post('/replay/seek', { summary: 'Goes to a position', body: command.required({ position: true }), response, errors, example: { position: '2013-10-11T15:00:00Z' } },
    ({ body }, context) => apply(body, context)),
  post('/replay/speed', { summary: 'Changes the speed', body: command.required({ speed: true }), response, errors, example: { speed: 10 } },
    ({ body }, context) => apply(body, context)),
];

async function apply({ position, ...rest }: z.infer<typeof command>, context: Context): Promise<z.input<typeof response>> {
  const positionMs = position === undefined ? undefined : msFromIso(position);
  if (position !== undefined && positionMs === undefined) throw new InvalidInputError([{ path: 'position', message: 'not an ISO 8601 time with an offset' }]);
  const wanted: ReplayCommand = { ...rest, positionMs };
  return wire(await context.state.replay.control(wanted));
}

function wire(status: ReplayStatus): z.input<typeof response> {
  return { ...status, symbols: [...status.symbols], sessions: status.sessions.map((session) => ({ ...session, symbols: [...session.symbols] })) };
}
