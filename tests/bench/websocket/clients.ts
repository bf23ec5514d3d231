/** Opens as many sockets as asked for, subscribes each to all prices, and tells the parent how many frames came. */
import { WebSocket } from 'ws';

const [url = '', count = '0'] = process.argv.slice(2);
let frames = 0;
let subscribed = 0;

for (let i = 0; i < Number(count); i++) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('message', (data: Buffer) => {
    // Only frames of data are counted; parsing each would measure the clients.
    if (data.includes('"message_type":"data"')) frames += 1;
    else if (data.includes('"message_type":"welcome"')) socket.send('{"action":"subscribe","topics":["price.update.*"]}');
    else if (data.includes('"message_type":"subscribed"') && ++subscribed === Number(count)) process.send?.({ subscribed });
  });
}
process.on('message', () => process.send?.({ frames }));
