import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { quantity } from '../data/format.ts';
import { toxicityLevels, toxicityThresholds, type VpinReading } from '../data/vpin.ts';
import { levelColours, palette } from './palette.ts';
import { useSize, type Size } from './use-size.ts';

const margin = { left: 8, right: 46, top: 8, bottom: 6 };
/** Share of the height that VPIN takes; the bars have the rest. */
const lineShare = 0.46;

export interface BucketChartProps {
  readonly readings: readonly VpinReading[];
  readonly pointed: VpinReading | undefined;
  readonly onPoint: (reading: VpinReading | null) => void;
}

/** VPIN after each bucket above, its bought and sold volume as bars below; pointer or arrow keys choose a bucket. */
export function BucketChart({ readings, pointed, onPoint }: BucketChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const step = size === null ? 0 : (size.width - margin.left - margin.right) / readings.length;
  const point = (event: PointerEvent<HTMLDivElement>): void => {
    if (step <= 0) return;
    const index = Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left - margin.left) / step);
    onPoint(readings[Math.min(readings.length - 1, Math.max(0, index))] ?? null);
  };
  const turn = (event: KeyboardEvent): void => {
    const moves: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, Home: -readings.length, End: readings.length };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const from = pointed === undefined ? readings.length - 1 : readings.indexOf(pointed);
    onPoint(readings[Math.min(readings.length - 1, Math.max(0, from + move))] ?? null);
  };
  return (
    <div className="bucket-chart" ref={host} tabIndex={0} role="group" aria-label="Closed buckets with VPIN; the arrow keys choose a bucket" data-testid="bucket-chart"
      onPointerMove={point} onPointerLeave={() => onPoint(null)} onKeyDown={turn}>
      {size === null || step <= 0 ? null : <Drawing readings={readings} pointed={pointed} size={size} step={step} />}
    </div>
  );
}

interface DrawingProps {
  readonly readings: readonly VpinReading[];
  readonly pointed: VpinReading | undefined;
  readonly size: Size;
  readonly step: number;
}

function Drawing({ readings, pointed, size: { width, height }, step }: DrawingProps) {
  const inner = height - margin.top - margin.bottom;
  const lineHeight = inner * lineShare;
  const zero = margin.top + lineHeight + 10 + (inner - lineHeight - 10) / 2;
  const half = height - margin.bottom - zero;
  const most = readings.reduce((best, { bucket }) => Math.max(best, bucket?.buy ?? 0, bucket?.sell ?? 0), 0) || 1;
  const right = width - margin.right;
  const x = (index: number): number => margin.left + step * (index + 0.5);
  const y = (value: number): number => margin.top + lineHeight * (1 - value);
  const thickness = Math.max(1, Math.min(18, step * 0.72));
  const chosen = pointed === undefined ? -1 : readings.indexOf(pointed);
  return (
    <svg width={width} height={height} aria-hidden="true">
      {chosen < 0 ? null : <rect x={x(chosen) - step / 2} y={margin.top} width={step} height={inner} fill="#ffffff0d" />}
      {toxicityThresholds.map((threshold, index) => {
        const colour = levelColours[toxicityLevels[index + 1] ?? 'EXTREME'];
        return (
          <g key={threshold}>
            <line x1={margin.left} x2={right} y1={y(threshold)} y2={y(threshold)} stroke={colour} opacity="0.45" />
            <text x={right + 6} y={y(threshold) + 3} fill={colour} className="axis-words">{threshold}</text>
          </g>
        );
      })}
      <line x1={margin.left} x2={right} y1={y(0)} y2={y(0)} stroke={palette.line} />
      <text x={right + 6} y={y(0) + 3} fill={palette.faint} className="axis-words">0</text>
      <text x={right + 6} y={y(1) + 6} fill={palette.faint} className="axis-words">VPIN</text>
      <path d={lineOf(readings, x, y)} fill="none" stroke={palette.vpin} strokeWidth="1.75" strokeLinejoin="round" data-testid="vpin-line" />
      {readings.map(({ bucket, atMs }, index) => {
        const [up, down] = [((bucket?.buy ?? 0) / most) * half, ((bucket?.sell ?? 0) / most) * half];
        return (
          <g key={`${atMs} ${bucket?.id ?? ''}`} data-testid="bucket-bar" opacity={chosen === index ? 1 : 0.78}>
            <rect x={x(index) - thickness / 2} y={zero - up} width={thickness} height={up} fill={palette.up} />
            <rect x={x(index) - thickness / 2} y={zero} width={thickness} height={down} fill={palette.down} />
          </g>
        );
      })}
      <line x1={margin.left} x2={right} y1={zero} y2={zero} stroke={palette.line} />
      <text x={right + 6} y={zero - half + 8} fill={palette.up} className="axis-words">{quantity(most)}</text>
      <text x={right + 6} y={zero - 4} fill={palette.up} className="axis-words">buy</text>
      <text x={right + 6} y={zero + 11} fill={palette.down} className="axis-words">sell</text>
      <text x={right + 6} y={zero + half - 1} fill={palette.down} className="axis-words">{quantity(most)}</text>
    </svg>
  );
}

/** A hole where a bucket has no VPIN yet, and between series, whose values are not comparable. */
function lineOf(readings: readonly VpinReading[], x: (index: number) => number, y: (value: number) => number): string {
  return readings.map(({ value, series }, index) => {
    if (value === null) return '';
    const before = readings[index - 1];
    const joined = before !== undefined && before.value !== null && before.series === series;
    return `${joined ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
  }).join('');
}
