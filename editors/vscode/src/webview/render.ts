/** Markdown to HTML, of texts that nobody vouches for: no HTML, no picture, no link. */

import markdownIt from 'markdown-it';

/** Beyond this many characters a text is shown as it is written. */
const LIMIT = 300_000;

const markdown = markdownIt({ html: false, linkify: false });
const { escapeHtml } = markdown.utils;
const { rules } = markdown.renderer;

markdown.disable('image');
// A link is its words, and where it leads: whoever wants to go there can read it first.
markdown.validateLink = () => true;
rules['link_open'] = (tokens, at, _, around) => {
  const link = tokens[at];
  const href = link?.info === 'auto' ? '' : link?.attrGet('href');
  Object.assign(around ?? {}, { href });
  return '';
};
rules['link_close'] = (_tokens, _at, _, around) => {
  const href = around?.['href'] as string | undefined;
  return href ? ` <span class="address">(${escapeHtml(href)})</span>` : '';
};
// The page takes no style but its own.
for (const cell of ['th_open', 'td_open']) {
  rules[cell] = (tokens, at) => {
    const style = String(tokens[at]?.attrGet('style') ?? '');
    const align = /(center|right)$/.exec(style)?.[1];
    return `<${tokens[at]?.tag}${align ? ` class="${align}"` : ''}>`;
  };
}

/** The HTML of each block at the top of a text. */
export function blocks(text: string, isPlain: boolean): string[] {
  if (isPlain || text.length > LIMIT) {
    return [`<pre class="plain">${escapeHtml(text)}</pre>`];
  }
  const around = {}; // the memory of one rendering
  const made: string[] = [];
  let first = 0;
  const tokens = markdown.parse(text, around);
  tokens.forEach(({ level, nesting }, at) => {
    if (level === 0 && nesting <= 0) {
      const block = tokens.slice(first, at + 1);
      made.push(markdown.renderer.render(block, markdown.options, around));
      first = at + 1;
    }
  });
  return made;
}
