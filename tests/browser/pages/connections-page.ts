import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@nautilus/testkit';
import { fitsEveryWidth, PATIENT, textOf, textsOf, told, visit, whileFailing, type Opened } from './visit.ts';

interface Connection { connection_id: string; client_ip: string; status: string; subscriptions: string[]; queue: number; skipped: number }

const open = (count: number): string => `${count} open at the replica that answers`;

export function connectionsPage(opened: Opened): void {
  describe('the connections page', () => {
    beforeAll(() => visit(opened(), 'connections'));

    it('lists the connections of the replica, its own one marked', async () => {
      const page = opened();
      await eventually(async () => {
        const connections = await told<Connection[]>('/api/websocket/connections');
        expect(connections.length).toBeGreaterThan(0);
        expect(await textOf(page, 'connections-count')).toBe(open(connections.length));
        for (const { connection_id: id, client_ip: address, status, queue, skipped, subscriptions } of connections) {
          const cells = (await page.getByTestId(`connection-${id}`).locator('th, td').allTextContents()).map((cell) => cell.trim());
          expect(cells[0]).toContain(address);
          expect(cells.slice(1, 3)).toEqual([status, String(queue)]);
          expect(cells[4]).toBe(String(skipped));
          for (const topic of subscriptions) expect(cells[7]).toContain(topic);
        }
        expect(await page.locator('[data-own="true"]').count()).toBe(1);
      }, PATIENT);
    });

    it('counts another client as soon as it is there, and no longer when it has left', async () => {
      const page = opened();
      const before = (await told<Connection[]>('/api/websocket/connections')).length;
      const socket = new WebSocket('ws://localhost:8600/ws/alerts');
      try {
        await eventually(async () => expect(await textOf(page, 'connections-count')).toBe(open(before + 1)), PATIENT);
      } finally {
        socket.close();
      }
      await eventually(async () => expect(await textOf(page, 'connections-count')).toBe(open(before)), PATIENT);
    });

    it('names every replica with its connections, and the topics that reach a client', async () => {
      const page = opened();
      await eventually(async () => {
        const { connections, replicas } = await told<{ connections: number; replicas: { replica: string; connections: number }[] }>('/api/websocket/connections?scope=cluster');
        expect(await textOf(page, 'cluster-count')).toBe(`${connections} connections in all`);
        const rows = await page.getByTestId('replica-row').all();
        const cells = await Promise.all(rows.map(async (row) => (await row.locator('th, td').allTextContents()).slice(0, 2)));
        expect(cells.sort()).toEqual(replicas.map(({ replica, connections: count }) => [replica, String(count)]).sort());
        const topics = await told<{ topic: string; subscriber_count: number }[]>('/api/websocket/topics');
        expect(await textOf(page, 'topics-count')).toBe(`${topics.filter(({ subscriber_count: count }) => count > 0).length} of ${topics.length} reach a client`);
        expect((await textsOf(page, 'topic-row')).length).toBe(topics.length);
      }, PATIENT);
    });

    it('says what is wrong when the engine does not answer', async () => {
      const page = opened();
      await whileFailing(page, '**/api/websocket/connections', async () => expect(await page.getByTestId('connections-panel').getByTestId('stale').textContent()).toContain('Service Unavailable'));
      await eventually(async () => expect(await page.getByTestId('connections-panel').getByTestId('stale').count()).toBe(0), PATIENT);
    });

    fitsEveryWidth(opened, 'connections');
  });
}
