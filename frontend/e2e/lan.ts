import { chromium, type Browser, type LaunchOptions } from '@playwright/test';
import {
  execFile,
  execFileSync,
  spawn,
  spawnSync,
  type ChildProcess,
  type ChildProcessByStdio,
} from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Answer } from './hub';

const run = promisify(execFile);

export const HUB = '192.168.77.5';
export const PHONE = '192.168.77.20';

/** What computers have beside the way to their network: by name, how it is made, and its address. */
const BESIDE: Record<string, { made: string[]; address: string }> = {
  docker0: { made: ['link', 'add', 'docker0', 'type', 'bridge'], address: '172.17.0.1/16' },
  'br-0a1b2c3d4e5f': { made: ['link', 'add', 'br-0a1b2c3d4e5f', 'type', 'bridge'], address: '172.18.0.1/16' },
  virbr0: { made: ['link', 'add', 'virbr0', 'type', 'bridge'], address: '192.168.122.1/24' },
  wg0: { made: ['tuntap', 'add', 'wg0', 'mode', 'tun'], address: '10.8.0.2/24' },
};

/** A computer of its own, as far as the network goes. */
export class Machine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hearth-e2e-machine-'));
  readonly #browsers: Browser[] = [];
  readonly #programs: ChildProcess[] = [];

  constructor(readonly name: string) {
    execFileSync('ip', ['netns', 'add', name]);
    this.ip('link', 'set', 'lo', 'up');
  }

  ip = (...args: string[]): void => void execFileSync('ip', ['-n', this.name, ...args]);

  /** Without an address of IPv6, which would come seconds later and make a browser give up what it loads. */
  up(name: string): void {
    this.ip('link', 'set', name, 'addrgenmode', 'none');
    this.ip('link', 'set', name, 'up');
  }

  plugged = (name: string): boolean =>
    execFileSync('ip', ['-n', this.name, '-brief', 'link', 'show', name], { encoding: 'utf8' }).includes(
      ' UP ',
    );

  /** What a command line begins with to be run there. */
  get prefix(): string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** A real browser on that computer. Playwright speaks to it over a pipe, which crosses networks. */
  async browser(
    { executablePath = '', args = [], ...options }: LaunchOptions,
    ...more: string[]
  ): Promise<Browser> {
    const wrapper = join(this.#folder, 'browser');
    writeFileSync(wrapper, `#!/bin/sh\nexec ${this.prefix.join(' ')} '${executablePath}' "$@"\n`);
    chmodSync(wrapper, 0o755);
    const browser = await chromium.launch({ ...options, executablePath: wrapper, args: [...args, ...more] });
    this.#browsers.push(browser);
    return browser;
  }

  /** curl, from there. */
  async send(method: string, url: string, body = '', headers: Record<string, string> = {}): Promise<Answer> {
    const args = ['--silent', '--show-error', '--max-time', '10', '--request', method, '--path-as-is'];
    for (const [name, value] of Object.entries(headers)) args.push('--header', `${name}: ${value}`);
    if (body) args.push('--data-binary', body);
    args.push('--write-out', '\n%{content_type}\n%{http_code}', url);
    const [command = '', ...before] = this.prefix;
    const { stdout } = await run(command, [...before, 'curl', ...args]);
    const said = stdout.split('\n');
    const [type = '', status = ''] = said.splice(-2);
    return { status: Number(status), type, body: said.join('\n') };
  }

  /** Whether a program there listens on that TCP port. */
  listens(port: number): boolean {
    const [command = '', ...before] = this.prefix;
    return execFileSync(command, [...before, 'ss', '-Htln', `sport = :${port}`]).length > 0;
  }

  /** A program of that computer, which ends with it at the latest. */
  start(...args: string[]): ChildProcessByStdio<null, Readable, null> {
    const [command = '', ...before] = this.prefix;
    const child = spawn(command, [...before, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#programs.push(child);
    return child;
  }

  async remove(): Promise<void> {
    for (const browser of this.#browsers) await browser.close();
    for (const program of this.#programs) program.kill();
    execFileSync('ip', ['netns', 'delete', this.name]);
    rmSync(this.#folder, { recursive: true });
  }
}

/** Two computers on one network: the hub's, which has other interfaces beside it as computers do, and a phone. */
export class Lan {
  readonly hub = new Machine(`hearth-hub-${process.pid}`);
  readonly phone = new Machine(`hearth-phone-${process.pid}`);

  /** Lays the cables. */
  build(): void {
    this.hub.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.phone.name);
    for (const [machine, address] of [
      [this.hub, HUB],
      [this.phone, PHONE],
    ] as const) {
      machine.ip('address', 'add', `${address}/24`, 'dev', 'eth0');
      machine.up('eth0');
    }
    this.hub.ip('route', 'add', 'default', 'via', PHONE); // the phone stands where the router would
    for (const [name, { made, address }] of Object.entries(BESIDE)) {
      this.hub.ip(...made);
      this.hub.ip('address', 'add', address, 'dev', name);
      this.hub.up(name);
    }
    this.#plug('docker0', 'veth1a2b3c4');
  }

  /** Resolves when the cables are seen to be plugged in, which the kernel tells late. A page that loads then would fail. */
  async settled(): Promise<void> {
    const patience = Date.now() + 10_000;
    while (!(this.hub.plugged('eth0') && this.phone.plugged('eth0') && this.hub.plugged('docker0'))) {
      if (Date.now() > patience) throw new Error('the network does not come up');
      await sleep(20);
    }
  }

  /** A bridge with something at its other end is up, like the real network. */
  #plug(bridge: string, port: string): void {
    this.hub.ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'inside');
    this.hub.ip('link', 'set', port, 'master', bridge);
    this.hub.up(port);
    this.hub.up('inside');
  }

  async remove(): Promise<void> {
    await this.phone.remove();
    await this.hub.remove();
  }
}

/** Why there can be no networks of our own here; undefined if there can. `go run ./build test` installs the programs. */
export function noNetworks(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'networks of our own are made on Linux, by root';
  const probe = `hearth-probe-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', probe], { encoding: 'utf8' });
  if (made.error) throw made.error;
  if (made.status !== 0) return `this system makes no network namespaces: ${made.stderr.trim()}`;
  execFileSync('ip', ['netns', 'delete', probe]);
  return undefined;
}
