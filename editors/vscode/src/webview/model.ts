/** What is used of the object of `turnout report --json`. */

export interface SeriesRow {
  day: string;
  model: string;
  task: string;
  calls: number;
  usd: number | null;
}

export interface Group {
  name: string;
  calls: number;
  answered: number;
  failed: number;
  aborted: number;
  usd: number | null;
  by_known: Record<string, number>;
  tokens: {
    fresh: number;
    cache_read: number;
    cache_write: number;
    output: number;
    thinking: number;
  };
  total_ms: { p50: number | null; p95: number | null };
}

export interface Saving {
  usd: number | null;
  baseline: string;
}

export interface Report {
  total: Group;
  groups: Group[];
  recall: Record<string, number>;
  savings: Partial<Record<'cache' | 'recall' | 'routing', Saving>>;
  series: SeriesRow[];
}

/** What the extension sends: a report, or why there is none. */
export interface Message {
  since: string;
  report?: Report;
  why?: string;
}
