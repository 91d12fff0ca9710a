import { call, segment } from '../hub/client';
import type { Invite, NewInvite } from '../hub/protocol.people';

/** The links that let people in, newest first. All throws HubError. */
export class Invites {
  /** Undefined until it is loaded. */
  list = $state.raw<readonly Invite[]>();

  async load() {
    const { invites } = await call<{ invites: Invite[] }>('GET', 'api/invites');
    this.list = [...invites].sort((a, b) => (a.created < b.created ? 1 : -1));
  }

  /** Makes a link and resolves to it. It is not to be had again. `uses`: 0 = no count. */
  async make(uses: number, hours: number): Promise<string> {
    const { url } = await call<NewInvite>('POST', 'api/invites', { uses, hours });
    await this.load();
    return url;
  }

  async revoke({ id }: Invite) {
    await call('DELETE', `api/invites/${segment(id)}`);
    await this.load();
  }
}
