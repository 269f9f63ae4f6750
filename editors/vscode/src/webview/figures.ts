/** Figures as people read them, and the series as a chart draws it. Pure. */

import type { SeriesRow } from './model';

/** One model's spending, a figure for each day. */
export interface Stack {
  model: string;
  usd: number[];
}

/** Put the series in order: all days between the first and the last, the dearest model first. */
export function stacks(series: readonly SeriesRow[]): { days: string[]; models: Stack[] } {
  const days = everyDay(series.map(({ day }) => day));
  const place = new Map(days.map((day, index) => [day, index]));
  const models = new Map<string, number[]>();
  for (const { day, model, usd } of series) {
    const row = models.get(model) ?? days.map(() => 0);
    const index = place.get(day) ?? 0;
    row[index] = (row[index] ?? 0) + (usd ?? 0);
    models.set(model, row);
  }
  const all = [...models].map(([model, usd]) => ({ model, usd }));
  return { days, models: all.sort((one, other) => sum(other.usd) - sum(one.usd)) };
}

function everyDay(days: readonly string[]): string[] {
  const last = days.reduce((one, other) => (one > other ? one : other), '');
  const found: string[] = [];
  let day = days.reduce((one, other) => (one < other ? one : other), last);
  while (day && day <= last) {
    found.push(day);
    day = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  }
  return found;
}

/** Dollars, with the digits that matter. */
export function money(usd: number | null): string {
  if (usd === null) {
    return 'not known';
  }
  const size = Math.abs(usd);
  const digits = size === 0 || size >= 0.995 ? 2 : size >= 0.01 ? 3 : 4;
  return `${usd < 0 ? '-' : ''}$${size.toFixed(digits)}`;
}

/** Seconds or milliseconds. */
export function duration(ms: number | null): string {
  if (ms === null) {
    return '-';
  }
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** A share of a whole. */
export function percent(part: number, whole: number): string {
  return whole ? `${Math.round((100 * part) / whole)} %` : '-';
}

/** So many of a thing. */
export function count(many: number, thing: string): string {
  return `${many.toLocaleString()} ${thing}${many === 1 ? '' : 's'}`;
}

/** All of them together. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => one + other, 0);
}
