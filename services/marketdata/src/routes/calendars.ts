import { routesOf } from '@nautilus/engine';
import { isoFromMs, NotFoundError } from '@nautilus/model';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { page, pageOf, pageQuery } from './schemas.ts';

const { get } = routesOf<Context>();

const date = z.iso.date().optional();

export const calendarRoutes = [
  get('/calendars/{exchange}', {
    summary: 'Sessions of an exchange as recorded, early closes included, ascending by date',
    description: 'By market identifier: `xnys` or `cmes`. A session of the latter opens on the evening before its date.',
    params: { exchange: z.string().toLowerCase() },
    query: { ...pageQuery, from: date.describe('Inclusive'), to: date.describe('Exclusive') },
    response: pageOf(z.object({ date: z.string(), opens_at: z.string(), closes_at: z.string() })),
    errors: { 404: 'The calendar is not known here; the known ones are listed.' },
  }, ({ params: { exchange }, query }, { state: { calendars } }) => {
    const calendar = calendars.get(exchange);
    if (calendar === undefined) throw new NotFoundError('calendar', `no calendar of ${exchange} is known`, { known: [...calendars.keys()] });
    const { from = '', to } = query;
    const sessions = calendar.sessions.filter((session) => session.date >= from && (to === undefined || session.date < to));
    return page(sessions.map(({ date: day, opensAtMs, closesAtMs }) => ({ date: day, opens_at: isoFromMs(opensAtMs), closes_at: isoFromMs(closesAtMs) })), (session) => session.date, query);
  }),
];
