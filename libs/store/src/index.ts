export * from './store.ts';
export { openStore, type OpenStoreOptions } from './open-store.ts';
export { MIGRATIONS_DIRECTORY } from './migrations.ts';
export type { StoreLog } from './sql-store.ts';
export type { SslMode } from './postgres-driver.ts';
export type { WriterOptions } from './writer.ts';
