export { FanoutHub, MSGPACK_PROTOCOL, type ClientView, type FanoutEvent, type HubOptions } from './hub.ts';
export { CLOSE, type ClientLimits, type FanoutClient } from './client.ts';
