// Loaded with the first code block: the languages people paste at work.
import bash from 'highlight.js/lib/languages/bash';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import { createLowlight } from 'lowlight';

const lowlight = createLowlight({ bash, css, diff, go, ini, json, python, sql, typescript, xml, yaml });

/** A piece of code with the class of what it is. */
export interface Piece {
  text: string;
  class: string | undefined;
}

type Node = ReturnType<typeof lowlight.highlight>['children'][number];

/** Code in coloured pieces, or undefined for a language that is not here. */
export function highlight(code: string, language: string): Piece[] | undefined {
  if (!lowlight.registered(language)) return undefined;
  return lowlight.highlight(language, code).children.flatMap((node) => flatten(node, undefined));
}

/** The inner class wins: one element per piece instead of a tree. */
function flatten(node: Node, outer: string | undefined): Piece[] {
  if (node.type === 'text') return [{ text: node.value, class: outer }];
  if (node.type !== 'element') return [];
  const { className } = node.properties;
  const own = Array.isArray(className) ? className.join(' ') : outer;
  return node.children.flatMap((child) => flatten(child, own));
}
