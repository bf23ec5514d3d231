import type { ToxicityLevel } from '../data/vpin.ts';

/** Canvas colours; the same values as in `styles/tokens.css`, which canvases cannot read cheaply. */
export const palette = {
  panel: '#10141b',
  line: '#1f2733',
  grid: '#171d27',
  text: '#a6b0c0',
  faint: '#7f8b9d',
  up: '#3fb68b',
  down: '#e8636b',
  upVolume: 'rgba(63, 182, 139, 0.32)',
  downVolume: 'rgba(232, 99, 107, 0.32)',
  vpin: '#e6ebf2',
  series: ['#5cc8b8', '#b58cf0', '#e3b341'],
} as const;

/** One colour per level, weakest first; the band of a level starts at its lower threshold. */
export const levelColours: Readonly<Record<ToxicityLevel, string>> = {
  NORMAL: '#4fbf92',
  LOW: '#6ca8e8',
  MEDIUM: '#e3b341',
  HIGH: '#ef8c4b',
  EXTREME: '#f2575f',
};

export const chartFont = "Inter, 'Segoe UI', -apple-system, Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif";
