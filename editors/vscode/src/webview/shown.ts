/** What goes between the extension and the page of an answer. */

/** The text so far, in whole; `isPlain` where its lines and columns are to stay as they are. */
export interface Shown {
  text: string;
  model: string;
  done: boolean;
  isPlain: boolean;
}

/** What the page says: that it was made, and can draw; or that it drew what came. */
export type Said = 'ready' | 'drawn';
