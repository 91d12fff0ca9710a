import { lexer, type Token, type Tokens } from 'marked';

/** The tokens this page draws. Whatever else Markdown knows is shown as it was typed. */
export type { Token, Tokens };

/** Most messages have no mark-up at all: they need no lexer. */
const PLAIN = /^[^*_`~[\]<>#|\\&\n]*$/;
const MAY_LINK = /https?:|www\.|@/i;
const MAY_LIST = /^\s*([-+]|\d+[.)])\s/;

/** Tokens of a message, or undefined if it is plain text. */
export function parse(text: string): Token[] | undefined {
  if (PLAIN.test(text) && !MAY_LINK.test(text) && !MAY_LIST.test(text) && !text.startsWith('    '))
    return undefined;
  return lexer(text, { gfm: true, breaks: true });
}

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  nbsp: '\u00a0',
};

/** Markdown text may name characters: the common entities become what they stand for. */
export const decode = (text: string) =>
  text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (whole, name: string) => ENTITIES[name] ?? whole);

/** Splits a text at mentions of these names; every second piece is one. */
export function splitMentions(text: string, names: readonly string[]): string[] {
  if (!names.length || !text.includes('@')) return [text];
  const longestFirst = [...names].sort((a, b) => b.length - a.length).map(escapeForPattern);
  return text.split(new RegExp(`(@(?:${longestFirst.join('|')}))(?![\\p{L}\\p{N}_])`, 'iu'));
}

const escapeForPattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
