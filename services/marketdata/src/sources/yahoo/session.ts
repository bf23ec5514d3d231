import type { HttpResponse } from '../source.ts';
import { MalformedError, RefusedError, SourceError, type CallOptions, type Endpoint, type Source, type SourceAnswer } from '../source.ts';
import { isHtml } from '../json-body.ts';
import { USER_AGENT } from './chart.ts';

/** What the service wants to see again: a cookie, and the crumb that belongs to it. */
export interface YahooPass {
  readonly cookie: string;
  readonly crumb: string;
}

export interface WithPass {
  readonly pass?: YahooPass;
}

/** The parts of a request that show the pass. */
export function showing(pass: YahooPass | undefined) {
  return pass === undefined ? { headers: USER_AGENT } : { headers: { ...USER_AGENT, cookie: pass.cookie }, session: { crumb: pass.crumb } };
}

const cookies: Endpoint<Readonly<Record<string, never>>, string> = {
  name: 'cookie',
  freshMs: () => 0,
  request: () => ({ host: 'cookies', path: '/', headers: USER_AGENT }),
  parse(response: HttpResponse) {
    const cookie = (response.headers['set-cookie'] ?? '').split('\n').map((line) => line.split(';')[0]?.trim() ?? '').filter((pair) => pair.includes('='));
    if (cookie.length === 0) throw new MalformedError('no cookie was given');
    return { records: [cookie.join('; ')] };
  },
};

const crumbs: Endpoint<{ readonly cookie: string }, string> = {
  name: 'crumb',
  freshMs: () => 0,
  request: ({ cookie }) => ({ path: '/v1/test/getcrumb', headers: { ...USER_AGENT, accept: 'text/plain', cookie } }),
  parse({ body }) {
    const crumb = body.trim();
    if (crumb === '' || crumb.length > 64 || isHtml(body) || /[\s{}]/.test(crumb)) throw new RefusedError({ fault: 'unauthorised', message: 'no crumb was given' });
    return { records: [crumb] };
  },
};

/** Asks questions that need a pass: gets one when there is none, and once anew when it is refused. */
export class YahooSession {
  readonly #source: Source;
  #pass: Promise<YahooPass> | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  async call<P extends WithPass, R>(endpoint: Endpoint<P, R>, parameters: P, options: CallOptions = {}): Promise<SourceAnswer<R>> {
    const held = this.#pass;
    try {
      return await this.#source.call(endpoint, { ...parameters, pass: await this.#current(options) }, options);
    } catch (error) {
      if (held === undefined || !(error instanceof SourceError) || error.fault !== 'unauthorised') throw error;
      // Others may have renewed it already.
      if (this.#pass === held) this.#pass = undefined;
      return this.#source.call(endpoint, { ...parameters, pass: await this.#current(options) }, { ...options, renew: true });
    }
  }

  #current(options: CallOptions): Promise<YahooPass> {
    if (this.#pass !== undefined) return this.#pass;
    const asked = this.#ask(options);
    this.#pass = asked;
    asked.catch(() => {
      if (this.#pass === asked) this.#pass = undefined;
    });
    return asked;
  }

  async #ask({ waitMs }: CallOptions): Promise<YahooPass> {
    const options = waitMs === undefined ? {} : { waitMs };
    const [cookie = ''] = (await this.#source.call(cookies, {}, options)).records;
    const [crumb = ''] = (await this.#source.call(crumbs, { cookie }, options)).records;
    return { cookie, crumb };
  }
}
