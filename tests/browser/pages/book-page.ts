import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@nautilus/testkit';
import { fitsEveryWidth, grouped, PATIENT, pause, quantity, REPLAYED, resume, send, textOf, textsOf, told, visit, type Opened } from './visit.ts';

interface Book { state: 'open' | 'stale'; bids: [number, number][]; asks: [number, number][]; last_update_id: number }
interface Depth { state: string; bids: { price: number; size: number }[]; asks: { price: number }[]; spread: number | null }

const book = (): Promise<Book> => told(`/api/marketdata/books/${REPLAYED}?levels=25`);
let sent = 0;

/** As a source would: a snapshot, or a change with the ids that link it to the one before. */
async function ingest(data: object): Promise<void> {
  sent += 1;
  const at = new Date(Date.UTC(2013, 9, 11, 15, 0, sent)).toISOString();
  await send('/api/marketdata/data/ingest', { data: [{ symbol: REPLAYED, data_type: 'level2', source: 'browser-test', timestamp: at, data }] });
}

export function bookPage(opened: Opened): void {
  describe('the order book page', () => {
    beforeAll(async () => {
      await visit(opened(), 'book');
      await pause();
    }, 120_000);
    afterAll(resume);

    it('says that there is no book where no source sends one', async () => {
      const page = opened();
      expect((await fetch(`http://localhost:8001/api/marketdata/books/${REPLAYED}`)).status).toBe(404);
      await eventually(async () => expect(await textOf(page, 'book-panel')).toContain(`No order book of ${REPLAYED}`), PATIENT);
      expect(await page.getByTestId('book-state').getAttribute('data-state')).toBe('none');
      expect(await page.getByTestId('ladder').count()).toBe(0);
    });

    it('shows what venues quote best', async () => {
      const page = opened();
      await eventually(async () => {
        const depth = await told<Depth>(`/api/vpin/orderbook/${REPLAYED}/depth?levels=10`);
        expect(await textOf(page, 'quotes-state')).toBe(depth.state.replaceAll('_', ' '));
        expect((await textsOf(page, 'quote-bid')).slice(0, depth.bids.length)).toEqual(depth.bids.map(({ price }) => grouped(price, 2)));
        expect((await textsOf(page, 'quote-ask')).slice(0, depth.asks.length)).toEqual(depth.asks.map(({ price }) => grouped(price, 2)));
        expect((await textsOf(page, 'quote-bid-size')).slice(0, depth.bids.length)).toEqual(depth.bids.map(({ size }) => quantity(size)));
        expect(await textOf(page, 'quotes-spread')).toBe(depth.spread === null ? '–' : grouped(depth.spread, 2));
      }, PATIENT);
    });

    const showsTheBook = async (): Promise<void> => {
      const page = opened();
      const { bids, asks, last_update_id: update } = await book();
      expect(await textOf(page, 'book-update')).toBe(String(update));
      expect((await textsOf(page, 'bid-price')).slice(0, bids.length)).toEqual(bids.map(([price]) => grouped(price, 2)));
      expect((await textsOf(page, 'ask-price')).slice(0, asks.length)).toEqual(asks.map(([price]) => grouped(price, 2)));
      const totals = bids.map((_, index) => quantity(bids.slice(0, index + 1).reduce((sum, [, size]) => sum + size, 0)));
      expect((await textsOf(page, 'bid-total')).slice(0, bids.length)).toEqual(totals);
      expect(await page.getByTestId('depth-bids').getAttribute('d')).toMatch(/^M[\d.]+ /);
    };

    it('draws the book and its depth from a snapshot, and follows the changes', async () => {
      const page = opened();
      await ingest({ type: 'snapshot', last_update_id: 100, bids: [[180.1, 300], [180.05, 500], [180, 900]], asks: [[180.15, 200], [180.2, 700]] });
      await eventually(showsTheBook, PATIENT);
      await ingest({ type: 'delta', first_update_id: 101, last_update_id: 101, previous_update_id: 100, bids: [[180.1, 0], [180.08, 50]], asks: [[180.15, 450]] });
      await eventually(async () => {
        expect((await book()).last_update_id).toBe(101);
        await showsTheBook();
        expect(await page.getByTestId('book-state').getAttribute('data-state')).toBe('live');
      }, PATIENT);
      expect((await textsOf(page, 'bid-price'))[0]).toBe('180.08');
      expect(await textOf(page, 'book-spread')).toBe('0.07');
    });

    it('shows a gap instead of a book with updates missing, and the next snapshot again', async () => {
      const page = opened();
      await ingest({ type: 'delta', first_update_id: 120, last_update_id: 120, previous_update_id: 119, bids: [[180.09, 10]], asks: [] });
      await eventually(async () => {
        expect((await book()).state).toBe('stale');
        expect(await page.getByTestId('book-state').getAttribute('data-state')).toBe('stale');
        expect(await textOf(page, 'book-panel')).toContain('Gap: updates of the book are missing');
        expect(await page.getByTestId('ladder').count()).toBe(0);
      }, PATIENT);
      await ingest({ type: 'snapshot', last_update_id: 130, bids: [[179.9, 100]], asks: [[180.3, 40]] });
      await eventually(showsTheBook, PATIENT);
    });

    fitsEveryWidth(opened, 'book');
  });
}
