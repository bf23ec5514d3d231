import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, sharedRedis, startRedis, uniquePrefix, type RedisServer } from '@nautilus/testkit';

describe('startRedis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis({ appendonly: true });
  });
  afterAll(() => redis.stop());

  it('keeps data over an orderly restart', async () => {
    await redis.cli('SET', 'kept', 'yes');
    await redis.restart({ keepData: true });
    expect(await redis.cli('GET', 'kept')).toBe('yes');
  });

  it('comes back from SIGKILL with what it had answered for', async () => {
    await redis.cli('SET', 'answered', 'yes');
    await redis.kill();
    await expect(redis.cli('PING')).rejects.toThrow();
    await redis.restart({ keepData: true });
    expect(await redis.cli('GET', 'answered')).toBe('yes');
  });

  it('comes back empty when data is to be lost', async () => {
    await redis.cli('SET', 'lost', 'yes');
    await redis.restart({ keepData: false });
    expect(await redis.cli('DBSIZE')).toBe('0');
  });

  it('keeps data over a restart without an append-only file', async () => {
    const other = await startRedis({ password: 'secret' });
    await other.cli('SET', 'kept', 'yes');
    await other.restart({ keepData: true });
    expect(await other.cli('GET', 'kept')).toBe('yes');
    await other.stop();
  });

  it('answers nothing while paused and answers again afterwards', async () => {
    redis.pause();
    let answered = false;
    const answer = redis.cli('PING').then((text) => {
      answered = true;
      return text;
    });
    const other = await startRedis(); // takes longer than an answer would
    expect(await other.cli('PING')).toBe('PONG');
    await other.stop();
    expect(answered).toBe(false);
    redis.resume();
    expect(await answer).toBe('PONG');
  });

  it('says why a server could not start', async () => {
    await expect(startRedis({ port: redis.port })).rejects.toThrow(/ended while starting:[^]*Address already in use/);
  });
});

describe('sharedRedis', () => {
  it('is one server for all who ask, kept apart by prefix', async () => {
    const [one, other] = await Promise.all([sharedRedis(), sharedRedis()]);
    expect(one.port).toBe(other.port);
    const key = `${uniquePrefix()}:key`;
    await one.cli('SET', key, 'mine');
    await eventually(async () => expect(await other.cli('GET', key)).toBe('mine'));
  });
});
