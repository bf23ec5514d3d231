export { anchoredBarStart, type ExchangeSession, minutesOfSession, SessionCalendar, tradingMs } from './session-calendar.ts';
