import { call, segment } from '../hub/client';
import type { NewToken, Token, TokenVerb } from '../hub/protocol.people';

/** What a token is to be. */
export interface Wish {
  name: string;
  topics: string[];
  can: TokenVerb[];
  /** 0 = it does not end. */
  days: number;
}

/** The tokens of scripts on other machines. All throws HubError. */
export class Tokens {
  /** Undefined until it is loaded. */
  list = $state.raw<readonly Token[]>();

  async load() {
    this.list = (await call<{ tokens: Token[] }>('GET', 'api/tokens')).tokens;
  }

  /** Makes a token and resolves to its secret, which is not to be had again. */
  async make({ days, ...wish }: Wish): Promise<NewToken> {
    const made = await call<NewToken>('POST', 'api/tokens', days ? { ...wish, days } : wish);
    await this.load();
    return made;
  }

  async revoke({ id }: Token) {
    await call('DELETE', `api/tokens/${segment(id)}`);
    await this.load();
  }
}

/** `backups, nas-*` as the hub takes it; nothing means all. */
export function topicsOf(text: string): string[] {
  const topics = text.split(/[\s,，、]+/u).filter(Boolean);
  return topics.length ? topics : ['*'];
}
