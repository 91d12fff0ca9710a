import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 30_000;
const LOOK_MS = 10;

export type Answer = { status: number; type: string; body: string };

/** Another computer that a hub can run on. */
export type Elsewhere = {
  /** What a command line begins with to be run there. */
  prefix: string[];
  send: (method: string, url: string, body?: string, headers?: Record<string, string>) => Promise<Answer>;
};

/** A hub of its own for a test: the real program with an empty data folder, on a free port of this machine, or elsewhere. */
export class Hub {
  url = '';
  /** It was taken away at least once: pages may have complained about that. */
  wasAway = false;
  /** The folder it keeps everything in. Nobody else may change it while the hub runs. */
  readonly data = mkdtempSync(join(tmpdir(), 'hearth-e2e-data-'));
  #child: ChildProcess | undefined;
  #said = '';

  constructor(
    readonly elsewhere?: Elsewhere,
    readonly args: string[] = [],
  ) {}

  /** Starts it; after the first time on the same port with the same data. */
  async start(): Promise<void> {
    const listen = this.url ? new URL(this.url).host : this.elsewhere ? '127.0.0.1:7420' : '127.0.0.1:0';
    const serve = [
      process.env.HEARTH_BIN ?? '',
      'serve',
      '--listen',
      listen,
      '--data',
      this.data,
      ...this.args,
    ];
    const [command = '', ...args] = [...(this.elsewhere?.prefix ?? []), ...serve];
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (this.#said += bytes.toString()));
    const patience = Date.now() + START_MS;
    while (!(this.url = this.#announced(child.pid) ?? '')) {
      if (child.exitCode !== null || Date.now() > patience)
        throw new Error(`the hub did not start:\n${this.#said}`);
      await sleep(LOOK_MS);
    }
  }

  /** Asks it to end, as a person would. */
  stop = (): Promise<void> => this.#end('SIGTERM');

  /** kill -9: it has no chance to put anything away. */
  kill = (): Promise<void> => this.#end('SIGKILL');

  async remove(): Promise<void> {
    if (this.#child) await this.#end('SIGTERM');
    rmSync(this.data, { recursive: true });
  }

  /** What curl does: no Origin, no cookie, nothing of a browser. */
  async send(method: string, path: string, body = '', headers: Record<string, string> = {}): Promise<Answer> {
    if (this.elsewhere) return this.elsewhere.send(method, new URL(path, this.url).href, body, headers);
    const call = request(new URL(path, this.url), { method, headers });
    call.end(body);
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    let text = '';
    for await (const bytes of answer) text += (bytes as Buffer).toString();
    return { status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', body: text };
  }

  /** A fresh owner link, as `hearth open` gets it. */
  ownerLink = async (): Promise<string> =>
    (await this.command<{ url: string }>('POST', '/api/host/link')).url;

  /** What the owner asks of the hub, as the command line does. */
  async command<T>(method: string, path: string, body?: object): Promise<T> {
    const token = readFileSync(join(this.data, 'admin.token'), 'utf8').trim();
    const answer = await this.send(method, path, body && JSON.stringify(body), {
      Authorization: `Bearer ${token}`,
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return (answer.body ? JSON.parse(answer.body) : undefined) as T;
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    this.wasAway = true;
    const before = child.exitCode ?? child.signalCode;
    if (before !== null) throw new Error(`the hub has ended by itself, with ${before}:\n${this.#said}`);
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code] = (await ended) as [number | null];
    if (signal === 'SIGTERM' && code !== 0) throw new Error(`the hub ended with ${code}:\n${this.#said}`);
  }

  /** Where the program with that process id says it is; undefined until it does. */
  #announced(pid: number | undefined): string | undefined {
    try {
      const said = JSON.parse(readFileSync(join(this.data, 'hub.json'), 'utf8')) as {
        url: string;
        pid: number;
      };
      return said.pid === pid ? said.url : undefined;
    } catch {
      return undefined; // not written yet
    }
  }
}
