export { backOffDelay, type BackOff } from './back-off.ts';
export { carriesData, parseFrame, type Frame } from './frame.ts';
export { platformPorts } from './platform-ports.ts';
export type { Cancel, LinkPorts, OpenSocket, SocketHandlers } from './ports.ts';
export { ReconnectingSocket, type LinkHandlers, type LinkOptions, type LinkStatus } from './reconnecting-socket.ts';
