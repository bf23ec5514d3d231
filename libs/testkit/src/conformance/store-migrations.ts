import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { MIGRATIONS_DIRECTORY, type Store } from '@nautilus/store';
import type { StoreAbilities, StoreHarness } from './store.ts';
import { tradeAt } from './store-builders.ts';

export function migrationConformance(makeHarness: () => Promise<StoreHarness>, abilities: StoreAbilities): void {
  describe('migrations', () => {
    it('holds appends until the schema is there, and refuses reads as long', async () => {
      const harness = await makeHarness();
      const store = await harness.open({ writer: { retryMs: 5, maxRetryMs: 10 } });
      expect((await store.schemaVersion()).found).toBeUndefined();
      const appended = store.market.appendTrades([tradeAt('EARLY', 0)]);
      await expect(store.market.trades('EARLY', {})).rejects.toMatchObject({ kind: 'transient' });
      const steps: string[] = [];
      const report = await store.migrate((name) => steps.push(name));
      expect(report).toEqual({ from: 0, to: steps.length, applied: steps });
      await appended;
      expect((await store.market.trades('EARLY', {})).items).toHaveLength(1);

      expect(await store.migrate()).toEqual({ from: report.to, to: report.to, applied: [] });
      expect(await store.schemaVersion()).toEqual({ found: report.to, expected: report.to });
      await store.close(10_000);
      await harness.remove();
    });

    it('applies each step once, though several begin at the same time', async () => {
      const harness = await makeHarness();
      const first = await harness.open();
      const others = abilities.shared ? await Promise.all([harness.open(), harness.open()]) : [first, first];
      const reports = await Promise.all([first, ...others].map((store: Store) => store.migrate()));
      const { expected } = await first.schemaVersion();
      expect(reports.map(({ applied }) => applied.length).sort((a, b) => a - b)).toEqual([0, 0, expected]);
      for (const store of new Set([first, ...others])) await store.close(10_000);
      await harness.remove();
    });

    if (abilities.durable) {
      it('refuses a file that was changed after it was applied, and a schema newer than itself', async () => {
        const harness = await makeHarness();
        const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
        await cp(MIGRATIONS_DIRECTORY, directory, { recursive: true });
        const newer = await harness.open({ migrationsDirectory: directory });
        const { expected } = await newer.schemaVersion();
        await writeFile(join(directory, `${String(expected + 1).padStart(4, '0')}-later.sql`), 'create table later (id integer);');
        await newer.migrate();
        await newer.close(10_000);

        const older = await harness.open();
        await expect(older.migrate()).rejects.toMatchObject({ kind: 'config' });
        await older.close(10_000);

        await appendFile(join(directory, '0001-instruments-and-market-data.sql'), '\n-- changed');
        const changed = await harness.open({ migrationsDirectory: directory });
        await expect(changed.migrate()).rejects.toMatchObject({ kind: 'corrupt_data' });
        await changed.close(10_000);
        await rm(directory, { recursive: true });
        await harness.remove();
      });
    }

    it('leaves nothing behind of a step that fails', async () => {
      const harness = await makeHarness();
      const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
      await cp(MIGRATIONS_DIRECTORY, directory, { recursive: true });
      const store = await harness.open({ migrationsDirectory: directory });
      const { expected } = await store.schemaVersion();
      await writeFile(join(directory, `${String(expected + 1).padStart(4, '0')}-broken.sql`), 'create table half (id integer); select 1 / 0;');
      await expect(store.migrate()).rejects.toMatchObject({ kind: 'invalid_input' });
      expect((await store.schemaVersion()).found).toBeUndefined();
      await store.close(10_000);
      await rm(directory, { recursive: true });
      await harness.remove();
    });
  });
}
