export type { ClientView } from './client-view.ts';
export { FanoutHub, MSGPACK_PROTOCOL, type Admission, type FanoutEvent, type HubOptions } from './hub.ts';
export { CLOSE, EVERY_TOPIC, type ClientLimits, type FanoutClient, type TopicAccess } from './client.ts';
export { commandJsonSchema } from './commands.ts';
export type { FrameType } from './frame.ts';
