/**
 * Builds the image of every service and prints the sizes: node tools/images.ts [--tag TAG] [--list [--others]] [SERVICE ...]\n       node tools/images.ts --image NAME:TAG SERVICE
 */
import { parseArgs } from 'node:util';
import { thirdPartyImages } from './cluster/kind.ts';
import { bake, bakeOne, imageNames, reportSizes, servicesWithImages } from './cluster/images.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tag: { type: 'string', default: 'dev' }, list: { type: 'boolean', default: false }, others: { type: 'boolean', default: false }, image: { type: 'string' }, help: { type: 'boolean', default: false } },
});

const services = servicesWithImages();
const unknown = positionals.filter((name) => !services.includes(name));
if (values.help) {
  console.log('Usage: node tools/images.ts [--tag TAG] [--list [--others]] [SERVICE ...]\n       node tools/images.ts --image NAME:TAG SERVICE\nBuilds the images of the services (all by default) and prints their sizes; --list prints names only, with --others those of third parties too.');
} else if (unknown.length > 0) {
  console.error(`No such service: ${unknown.join(', ')}. There are ${services.join(', ')}.`);
  process.exitCode = 1;
} else {
  const images = await imageNames(positionals.length === 0 ? services : positionals);
  if (values.list) {
    for (const image of [...images.values()].map((name) => `${name}:${values.tag}`)) console.log(image);
    if (values.others) for (const image of thirdPartyImages()) console.log(image);
  }
  else if (values.image !== undefined && positionals.length === 1) {
    bakeOne(positionals[0] ?? '', values.image);
  } else {
    bake(images, values.tag);
    if (!reportSizes(images, values.tag)) process.exitCode = 1;
  }
}
