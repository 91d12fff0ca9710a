import { render } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import Markdown from './Markdown.svelte';

const draw = (text: string, names: string[] = [], own = '') =>
  render(Markdown, { text, names, own }).container.querySelector('.markdown') as HTMLElement;

describe('what people type stays text', () => {
  it.each([
    ['plain 中文', 'plain 中文'],
    ['a & b < c', 'a & b < c'],
    ['&lt;b&gt;', '<b>'],
    ['`<b>&amp;`', '<b>&amp;'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['<img src=x onerror=alert(1)> hi', '<img src=x onerror=alert(1)> hi'],
    ['[a](javascript:alert(1))', '[a](javascript:alert(1))'],
    ['[a](data:text/html,x)', '[a](data:text/html,x)'],
    ['![a](vbscript:x)', '![a](vbscript:x)'],
    ['1 * 2 * 3', '1 * 2 * 3'],
    ['snake_case_name', 'snake_case_name'],
    ['\\*not bold\\*', '*not bold*'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', '| a | b |\n|---|---|\n| 1 | 2 |'],
  ])('%s', (text, shown) => {
    const drawn = draw(text);
    expect(drawn.textContent.trim()).toBe(shown);
    expect(drawn.querySelector('a, img, script, b, iframe, [onerror]')).toBeNull();
  });
});

describe('links', () => {
  it.each([
    ['[a](https://example.test)', 'https://example.test/', 'a'],
    ['see https://example.test/?a=1&b=2', 'https://example.test/?a=1&b=2', 'https://example.test/?a=1&b=2'],
    ['![plan](http://example.test/p.png)', 'http://example.test/p.png', 'plan'],
    ['<ada@example.test>', 'mailto:ada@example.test', 'ada@example.test'],
  ])('%s', (text, href, shown) => {
    const links = draw(text).querySelectorAll('a');
    expect(links).toHaveLength(1);
    const [link] = links as unknown as [HTMLAnchorElement];
    expect([link.href, link.textContent, link.rel]).toEqual([href, shown, 'noopener noreferrer nofollow']);
  });
});

it('draws the usual mark-up', () => {
  const drawn = draw('**b** *i* ~~d~~ `c`\n\n> q\n\n- one\n- two\n\n3. three\n\n```go\nfunc main() {}\n```');
  for (const element of [
    'strong',
    'em',
    'del',
    'code',
    'blockquote',
    'ul > li',
    'ol[start="3"] > li',
    'pre',
  ]) {
    expect(drawn.querySelector(element), element).not.toBeNull();
  }
});

it('keeps single line breaks', () => {
  expect(draw('one\ntwo').querySelectorAll('br')).toHaveLength(1);
});

describe('mentions', () => {
  const found = (text: string, names: string[], own = '') =>
    [...draw(text, names, own).querySelectorAll('.mention')].map((m) => m.textContent);

  it('are the named peers, whatever the case, and nothing else', () => {
    expect(found('@Ada and @bob, not @adam', ['ada', 'bob'])).toEqual(['@Ada', '@bob']);
  });

  it('take the longer name first', () => {
    expect(found('@ada l. there', ['ada', 'ada l.'])).toEqual(['@ada l.']);
  });

  it('survive names that look like a pattern', () => {
    expect(found('hi @a.*(b', ['a.*(b'])).toEqual(['@a.*(b']);
  });

  it('mark one’s own', () => {
    expect(draw('@ada @bob', ['ada', 'bob'], 'Ada').querySelectorAll('.own')).toHaveLength(1);
  });

  it('are no mentions inside code', () => {
    expect(found('`@ada`', ['ada'])).toEqual([]);
  });
});
