/** `1 message`, `2 messages`. */
export const plural = (count: number, one: string, other: string) => `${count} ${count === 1 ? one : other}`;
