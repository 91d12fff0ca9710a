import type { WireError } from './protocol';

/** The hub (or the way to it) said no. `code` is the wire's; `unreachable` is ours: no answer came. */
export class HubError extends Error {
  readonly code: WireError['code'] | 'unreachable';
  readonly field: string | undefined;
  /** Seconds after which a repeat may work. */
  readonly retryAfter: number | undefined;

  constructor(error: Omit<WireError, 'code'> & { code: HubError['code'] }, cause?: unknown) {
    super(error.message, { cause });
    this.name = 'HubError';
    this.code = error.code;
    this.field = error.field;
    this.retryAfter = error.retry_after;
  }
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/**
 * Calls the hub's HTTP API: `call<Rooms>('GET', 'api/rooms')`. Paths are relative, so a proxy may give the page a folder.
 * Throws HubError and nothing else.
 */
export async function call<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, credentials: 'same-origin', cache: 'no-store' };
  if (body !== undefined) {
    init.headers = { 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    throw new HubError({ code: 'unreachable', message: 'the hub did not answer' }, cause);
  }
  if (!response.ok) throw await refusal(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function refusal(response: Response): Promise<HubError> {
  try {
    const { error } = (await response.json()) as { error: WireError };
    return new HubError(error);
  } catch (cause) {
    // A proxy's own error page, or the hub going down in the middle of an answer.
    const message = `the hub answered ${response.status} ${response.statusText}`.trim();
    return new HubError({ code: response.status >= 500 ? 'unreachable' : 'internal', message }, cause);
  }
}

/** A path segment of the API from what somebody typed. */
export const segment = encodeURIComponent;
