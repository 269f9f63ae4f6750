/** Elements and texts; nothing is ever read as HTML. */

/** Make an element. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Node[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
  made.append(...children);
  return made;
}

/** Make a text. */
export function text(content: string): Text {
  return document.createTextNode(content);
}
