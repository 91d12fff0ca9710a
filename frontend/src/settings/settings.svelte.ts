import { call } from '../hub/client';
import type { Settings as SettingsBody } from '../hub/protocol';

/** The owner's settings of the hub. */
export class Settings {
  close = $state<SettingsBody['close']>();

  async load() {
    this.close = (await call<SettingsBody>('GET', 'api/settings')).close;
  }

  /** Takes effect when the hub has taken it. Throws HubError. */
  async setClose(close: SettingsBody['close']) {
    this.close = (await call<SettingsBody>('PATCH', 'api/settings', { close })).close;
  }
}
