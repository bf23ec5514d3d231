export { FanoutHub, MSGPACK_PROTOCOL, type ClientView, type FanoutEvent, type HubOptions } from './hub.ts';
export { type FanoutClient } from './client.ts';
