/** Spending by day, stacked by model, in the colours of the theme. */

import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  Tooltip,
} from 'chart.js';

import { money, stacks } from './figures';
import type { SeriesRow } from './model';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Legend, Tooltip);

const COLORS = ['blue', 'orange', 'green', 'purple', 'yellow', 'red', 'foreground', 'lines'];

let drawn: Chart | undefined;

/** Draw a series, in place of the one before. */
export function draw(canvas: HTMLCanvasElement, series: readonly SeriesRow[]): void {
  const { days, models } = stacks(series);
  Chart.defaults.color = theme('foreground');
  Chart.defaults.font.family = theme('font-family');
  const grid = { color: theme('widget-border') || theme('charts-lines') };
  drawn?.destroy();
  drawn = new Chart(canvas, {
    type: 'bar',
    data: {
      labels: days,
      datasets: models.map(({ model, usd }, index) => ({
        label: model,
        data: usd,
        backgroundColor: theme(`charts-${COLORS[index % COLORS.length] ?? 'blue'}`),
        maxBarThickness: 48,
      })),
    },
    options: {
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: { stacked: true, grid: { display: false } },
        y: { stacked: true, grid, ticks: { callback: (value) => money(Number(value)) } },
      },
      plugins: {
        legend: { position: 'bottom', labels: { boxWidth: 12, boxHeight: 12 } },
        tooltip: {
          callbacks: {
            label: ({ dataset, raw }) => `${dataset.label ?? ''}: ${money(Number(raw))}`,
          },
        },
      },
    },
  });
}

function theme(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--vscode-${name}`).trim();
}
