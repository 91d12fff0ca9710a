import type { Share } from '../hub/protocol.sharing';
import { linkAt } from './share.svelte';

/** Where people are sent: the address that was chosen, while the hub has it, else the hub's own choice. */
export interface Place {
  address: string;
  url: string;
  link: string;
}

export function placeOf({ addresses, url, link }: Share, chosen: string | undefined): Place {
  const picked = addresses.find(({ address }) => address === chosen);
  if (picked) return { address: picked.address, url: picked.url, link: linkAt(picked, link) };
  const best = addresses.find((one) => one.best) ?? addresses[0];
  return { address: best?.address ?? '', url, link };
}
