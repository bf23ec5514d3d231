import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeEmbeddedImage } from '@nautilus/store';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** An empty embedded database, made once per checkout and version: every test file that opens a store would take seconds to make its own. */
export async function embeddedImage(): Promise<Uint8Array<ArrayBuffer>> {
  const { version } = JSON.parse(await readFile(join(root, 'node_modules/@electric-sql/pglite/package.json'), 'utf8')) as { version: string };
  const file = join(root, '.nautilus', `embedded-database-${version}.tar`);
  try {
    return new Uint8Array(await readFile(file));
  } catch {
    const image = await makeEmbeddedImage();
    await mkdir(dirname(file), { recursive: true });
    // Several workers may be here at once; each puts a whole file in place.
    const own = `${file}.${randomUUID()}`;
    await writeFile(own, image);
    await rename(own, file);
    return image;
  }
}
