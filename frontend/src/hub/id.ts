const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** A client id: 100 random bits. Not crypto.randomUUID, which plain http on a LAN address does not have. */
export function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
