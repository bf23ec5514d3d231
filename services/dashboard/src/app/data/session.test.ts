import { beforeEach, describe, expect, it } from '@jest/globals';
import { topics } from '@nautilus/model';
import { FakePorts, frameText, settled, type FakeAnswer } from './fixtures/fake-ports.ts';
import { Session } from './session.ts';

const minute = (text: string): number => Date.parse(`2013-10-07T${text}:00Z`);
const bar = (time: string, runId: string | null = null) => ({
  symbol: 'IBM', timeframe: '1m', start_ms: minute(time), open: 10, high: 12, low: 9, close: 11, volume: 100,
  is_final: true, revision: 0, provenance: 'replay', run_id: runId,
});
const tick = (time: string, price: number, runId: string | null = null) => ({
  symbol: 'IBM', ts_event_ns: `${minute(time)}000000`, price, size: 10, suspicious: false, provenance: 'replay', run_id: runId,
});
const vpin = (time: string, value: number) => ({ symbol: 'IBM', timestamp: new Date(minute(time)).toISOString(), vpin_value: value });

let ports: FakePorts;
let session: Session;
let position: string;
let replayAnswer: (method: string) => FakeAnswer;

beforeEach(() => {
  ports = new FakePorts();
  position = '2013-10-07T14:30:00Z';
  replayAnswer = () => ({
    status: 200,
    body: { state: 'playing', speed: 1, from: '2013-10-07T08:00:00Z', to: '2013-10-07T20:00:00Z', position, symbols: ['IBM'] },
  });
  ports.answer = (path, method) => {
    if (path === '/api/marketdata/replay') return replayAnswer(method);
    if (path === '/api/marketdata/symbols') return { status: 200, body: { symbols: ['AIG', 'IBM'] } };
    if (path.startsWith('/api/marketdata/data/')) return { status: 200, body: { data: ['14:00', '14:29', '14:30', '15:10'].map((time) => bar(time)) } };
    if (path.startsWith('/api/vpin/history/')) return { status: 200, body: { items: [vpin('15:05', 0.9), vpin('14:20', 0.4)] } };
    return { status: 503, body: { title: 'Unavailable', detail: 'not now' } };
  };
  session = new Session(ports, { symbol: null, page: 'desk' });
});

async function started(): Promise<void> {
  session.start();
  ports.socket.handlers.open();
  await settled();
}

const say = (topic: string, data: unknown, type = 'data'): void => ports.socket.handlers.message(frameText(topic, data, type));
const minutes = (): string[] => session.market.bars.series.points.map(({ time }) => new Date(time * 1000).toISOString().slice(11, 16));
const tickTopic = topics.marketData.tick.of('IBM');

describe('the page', () => {
  it('shows the first symbol of the replay and subscribes to it', async () => {
    await started();
    expect(session.market.symbol.get()).toBe('IBM');
    const subscribed = ports.socket.sent.filter(({ action }) => action === 'subscribe').flatMap((message) => message.topics ?? []);
    expect(subscribed).toEqual(expect.arrayContaining([tickTopic, topics.marketData.bar.of('IBM'), topics.vpin.calculation.of('IBM'), topics.toxicityAlert.all]));
  });

  it('shows the measures of its own symbol and run only', async () => {
    await started();
    const measures = (symbol: string, time: string): object => ({ symbol, timestamp: `2013-10-07T${time}:00Z`, run_id: 'run-a', measures: { ivpin: { value: 0.2 } }, flash_crash_risk: { score: 0.1, level: 'clear' } });
    say(topics.vpin.enhanced.of('AIG'), measures('AIG', '14:30'));
    expect(session.market.microstructure.get()).toBeNull();
    say(topics.vpin.enhanced.of('IBM'), measures('IBM', '14:31'));
    expect(session.market.microstructure.get()).toMatchObject({ symbol: 'IBM', risk: { score: 0.1 } });
    session.market.rewind(Date.parse('2013-10-07T14:30:00Z'));
    expect(session.market.microstructure.get()).toBeNull();
  });

  it('never draws stored results that lie ahead of the replay', async () => {
    await started();
    expect(minutes()).toEqual(['14:00', '14:29']);
    expect(session.market.reading.get()?.value).toBe(0.4);
    expect(ports.requests.find(({ path }) => path.includes('/data/IBM'))?.path).toContain('to=2013-10-07T14:30:00.000Z');
    expect(ports.requests.find(({ path }) => path.includes('/features/calculate/'))?.body).toEqual({ as_of: '2013-10-07T14:30:00.000Z' });
  });

  it('still finds a symbol when the replay does not answer', async () => {
    replayAnswer = () => ({ status: 503, body: { title: 'Unavailable', detail: 'starting' } });
    await started();
    expect(session.market.symbol.get()).toBe('AIG');
    expect(session.replay.replay.get().state).toBe('failed');
  });

  it('cuts what a new run has not reached, and drops what an old run still sends', async () => {
    await started();
    say(tickTopic, tick('14:31', 20, 'a'));
    say(tickTopic, tick('14:40', 21, 'a'));
    expect(minutes()).toEqual(['14:00', '14:29', '14:31', '14:40']);
    say(tickTopic, tick('14:10', 19, 'b'));
    expect(minutes()).toEqual(['14:00', '14:10']);
    say(tickTopic, tick('14:41', 21, 'a'));
    expect(minutes()).toEqual(['14:00', '14:10']);
    expect(session.market.clock.get()).toBe(minute('14:10'));
  });

  it('keeps what is drawn up to the target of a seek, while the time before it is sent again', async () => {
    await started();
    say(tickTopic, tick('14:31', 20, 'a'));
    replayAnswer = () => ({ status: 200, body: { state: 'seeking', speed: 1, position: '2013-10-07T14:30:00Z', symbols: ['IBM'] } });
    await session.replay.send({ position: '2013-10-07T14:30:00Z' });
    say(tickTopic, tick('14:00', 19, 'b'));
    expect(minutes()).toEqual(['14:00', '14:29']);
    expect(session.market.clock.get()).toBe(minute('14:30'));
  });

  it('follows a paused replay back after a seek, when no message tells', async () => {
    await started();
    say(tickTopic, tick('14:31', 20));
    position = '2013-10-07T14:05:00Z';
    await session.replay.send({ position });
    expect(minutes()).toEqual(['14:00']);
    expect(session.market.clock.get()).toBe(minute('14:05'));
  });

  it('says why a command was refused until that is dismissed, and goes on showing the true state', async () => {
    await started();
    const good = replayAnswer;
    replayAnswer = (method) => (method === 'POST' ? { status: 422, body: { title: 'Speed not allowed', detail: 'negative' } } : good(method));
    await session.replay.send({ speed: -1 });
    const [notice] = session.notices.get();
    expect(notice?.problem).toMatchObject({ title: 'Speed not allowed', detail: 'negative', status: 422 });
    expect(session.replay.replay.get()).toMatchObject({ state: 'ready', value: { speed: 1 } });
    session.dismiss(notice?.key ?? -1);
    expect(session.notices.get()).toHaveLength(0);
  });

  it('asks for what it missed after the connection came back, and logs both', async () => {
    await started();
    ports.socket.handlers.close(1006, '');
    const before = ports.requests.length;
    ports.advance(1_000);
    ports.socket.handlers.open();
    ports.advance(1_000);
    await settled();
    expect(ports.requests.slice(before).some(({ path }) => path.includes('/data/IBM'))).toBe(true);
    expect(session.feed.get().map(({ text }) => text)).toEqual(['connection restored', 'connection lost: closed with 1006']);
  });

  it('accepts a restarted server that numbers its runs anew', async () => {
    await started();
    say(tickTopic, tick('14:31', 20, 'run1'));
    say(tickTopic, tick('14:10', 20, 'run2'));
    ports.socket.handlers.close(1012, 'restart');
    ports.advance(1_000);
    ports.socket.handlers.open();
    say(tickTopic, tick('14:20', 22, 'run1'));
    expect(session.market.last.get()?.price).toBe(22);
  });

  it('asks once for stored bars that the server announced as missed, and not for ticks, which are not kept here', async () => {
    await started();
    const barTopic = topics.marketData.bar.of('IBM');
    const asked = (): number => ports.requests.filter(({ path }) => path.startsWith('/api/marketdata/data/IBM')).length;
    const before = asked();
    say('other.topic', {}, 'gap');
    say(tickTopic, {}, 'gap');
    ports.advance(1_000);
    expect(asked()).toBe(before);
    say(barTopic, {}, 'gap');
    ports.socket.handlers.message(JSON.stringify({ message_type: 'data', topic: barTopic, data: bar('14:32'), seq: 9, skipped: 3 }));
    expect(minutes()).toContain('14:32');
    ports.advance(1_000);
    expect(asked()).toBe(before + 1);
  });

  it('tries again when a part of the history failed', async () => {
    await started();
    expect(session.market.features.get()).toMatchObject({ state: 'failed', problem: { title: 'Unavailable' } });
    const asked = (): number => ports.requests.filter(({ path }) => path.includes('/features/calculate/')).length;
    const before = asked();
    ports.advance(5_000);
    expect(asked()).toBe(before + 1);
  });

  it('drops the answers for a symbol that is no longer shown', async () => {
    session.start();
    ports.socket.handlers.open();
    await settled();
    session.select('AIG');
    session.select('SPY');
    await settled();
    say(tickTopic, tick('14:31', 20));
    expect(session.market.last.get()?.price ?? null).not.toBe(20);
    expect(session.market.symbol.get()).toBe('SPY');
    expect(ports.socket.sent.at(-1)).toMatchObject({ action: 'subscribe', topics: expect.arrayContaining([tickTopic.replace('IBM', 'SPY')]) });
  });

  it('shows nothing of the previous symbol after a change', async () => {
    await started();
    ports.answer = () => ({ status: 404, body: { title: 'Unknown symbol', detail: '' } });
    session.select('XYZ');
    await settled();
    expect(session.market.bars.series.points).toHaveLength(0);
    expect(session.market.reading.get()).toBeNull();
    expect(session.market.last.get()).toBeNull();
    expect(session.market.history.get()).toMatchObject({ state: 'failed', problem: { title: 'Unknown symbol' } });
  });
});
