import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Architecture } from '@nautilus/model';
import { isEngine, type AnyEngine } from '../declaration.ts';
import { architecturesOf, declaredPort } from '../identity.ts';
import { busyPort } from '../run.ts';

/** One declaration in one of its forms. */
export interface Endpoint {
  readonly declaration: AnyEngine;
  readonly architecture: Architecture;
  readonly port: number;
  /** `vpin`, `vpin (triple)` */
  readonly title: string;
}

/** A reason not to start, as sentences for a person. */
export class CannotStart extends Error {}

const OLDEST_NODE = 24;

export function checkNode(version: string): void {
  if (Number(version.split('.')[0]) >= OLDEST_NODE) return;
  throw new CannotStart(`Nautilus needs Node.js ${OLDEST_NODE} or newer and this is ${version}: "make run" uses the right one.`);
}

/** The declarations that the files export; files are imported at the same time. */
export async function loadDeclarations(files: readonly string[]): Promise<readonly AnyEngine[]> {
  if (files.length === 0) throw new CannotStart('Name at least one engine file, for example services/*/src/engine.ts.');
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new CannotStart(`There is no file ${missing.join(', ')}.`);
  const found = await Promise.all(
    files.map(async (file) => {
      const module = (await import(pathToFileURL(resolve(file)).href).catch((error: unknown) => {
        throw new CannotStart(`${file} cannot be loaded: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      })) as Record<string, unknown>;
      const declarations = Object.values(module).filter(isEngine);
      if (declarations.length === 0) throw new CannotStart(`${file} exports no engine made by defineEngine.`);
      return declarations;
    }),
  );
  return [...new Set(found.flat())];
}

export function endpointsOf(declarations: readonly AnyEngine[]): readonly Endpoint[] {
  return declarations
    .flatMap((declaration) =>
      architecturesOf(declaration).map((architecture) => ({
        declaration,
        architecture,
        port: declaredPort(declaration, architecture) ?? declaration.ports.dual,
        title: architecture === 'triple_bus' ? `${declaration.name} (triple)` : declaration.name,
      })),
    )
    .sort((a, b) => a.port - b.port);
}

/** Throws one sentence per port that is not free. */
export async function checkPorts(endpoints: readonly Endpoint[]): Promise<void> {
  const wanted = endpoints.filter(({ port }) => port !== 0);
  const free = await Promise.all(wanted.map(({ port }) => isFree(port)));
  const busy = wanted.filter((_, index) => free[index] === false);
  if (busy.length > 0) throw new CannotStart(busy.map(({ title, port }) => `${title}: ${busyPort(port)}`).join('\n'));
}

async function isFree(port: number): Promise<boolean> {
  // Somebody may hold the port on one address only, which not every system tells when all addresses are bound.
  return (await canListen(port)) && !(await answers(port));
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolveFree) => {
    const probe = createServer();
    probe.once('error', () => resolveFree(false));
    probe.listen(port, () => probe.close(() => resolveFree(true)));
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolveAnswers) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const tell = (answered: boolean): void => {
      socket.destroy();
      resolveAnswers(answered);
    };
    socket.once('connect', () => tell(true));
    socket.once('error', () => tell(false));
  });
}
