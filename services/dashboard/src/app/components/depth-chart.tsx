import { useRef, useState, type PointerEvent } from 'react';
import { decimals, quantity } from '../data/format.ts';
import { cumulated, priceDigits, type Book, type CumulativeLevel } from '../data/order-book.ts';
import { palette } from './palette.ts';
import { Placeholder } from './panel.tsx';
import { useSize, type Size } from './use-size.ts';

const margin = { left: 10, right: 54, top: 12, bottom: 24 };

interface Scale {
  readonly x: (price: number) => number;
  readonly y: (total: number) => number;
  readonly low: number;
  readonly high: number;
  readonly most: number;
}

/** Cumulative size over price: what one could sell into on the left, buy from on the right. */
export function DepthChart({ book }: { readonly book: Book }) {
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const [pointedX, setPointedX] = useState<number | null>(null);
  const [bids, asks] = [cumulated(book.bids), cumulated(book.asks)];
  const [bid, ask] = [bids[0], asks[0]];
  if (bid === undefined || ask === undefined) return <Placeholder kind="empty" text="One side of the book is empty" />;
  const scale = size === null ? null : scaleOf(bids, asks, size);
  const pointed = scale === null || pointedX === null ? undefined : levelAt(bids, asks, scale, pointedX);
  const digits = priceDigits([...bids, ...asks]);
  return (
    <div className="depth-chart" ref={host} role="img" data-testid="depth-chart"
      aria-label={`Depth: ${quantity(bids.at(-1)?.total)} bid down to ${decimals(bids.at(-1)?.price, digits)}, ${quantity(asks.at(-1)?.total)} asked up to ${decimals(asks.at(-1)?.price, digits)}`}
      onPointerMove={(event: PointerEvent<HTMLDivElement>) => setPointedX(event.clientX - event.currentTarget.getBoundingClientRect().left)} onPointerLeave={() => setPointedX(null)}>
      {size === null || scale === null ? null : (
        <svg width={size.width} height={size.height} aria-hidden="true">
          {[0.25, 0.5, 0.75, 1].map((share) => (
            <g key={share}>
              <line x1={margin.left} x2={size.width - margin.right} y1={scale.y(scale.most * share)} y2={scale.y(scale.most * share)} stroke={palette.grid} />
              <text x={size.width - margin.right + 6} y={scale.y(scale.most * share) + 3} className="axis-words" fill={palette.faint}>{quantity(scale.most * share)}</text>
            </g>
          ))}
          <path d={areaOf(bids, scale)} fill={palette.upVolume} stroke={palette.up} strokeWidth="1.5" data-testid="depth-bids" />
          <path d={areaOf(asks, scale)} fill={palette.downVolume} stroke={palette.down} strokeWidth="1.5" data-testid="depth-asks" />
          {[scale.low, (scale.low + scale.high) / 2, scale.high].map((price, index) => (
            <text key={index} x={scale.x(price)} y={size.height - 7} textAnchor={index === 0 ? 'start' : index === 1 ? 'middle' : 'end'} className="axis-words" fill={palette.faint}>{decimals(price, digits)}</text>
          ))}
          {pointed === undefined ? null : <line x1={scale.x(pointed.price)} x2={scale.x(pointed.price)} y1={margin.top} y2={size.height - margin.bottom} stroke={palette.text} strokeDasharray="3 3" />}
        </svg>
      )}
      {pointed === undefined ? null : <span className="depth-words">{decimals(pointed.price, digits)}: <b>{quantity(pointed.total)}</b> up to here</span>}
    </div>
  );
}

function scaleOf(bids: readonly CumulativeLevel[], asks: readonly CumulativeLevel[], { width, height }: Size): Scale {
  const [bid, ask] = [bids[0]?.price ?? 0, asks[0]?.price ?? 0];
  // The same distance on both sides of the middle, so that the two slopes can be compared.
  const middle = (bid + ask) / 2;
  const reach = Math.max(middle - (bids.at(-1)?.price ?? middle), (asks.at(-1)?.price ?? middle) - middle) || middle * 1e-4;
  const [low, high] = [middle - reach, middle + reach];
  const most = Math.max(bids.at(-1)?.total ?? 0, asks.at(-1)?.total ?? 0) || 1;
  return {
    low, high, most,
    x: (price) => margin.left + ((price - low) / (high - low)) * (width - margin.left - margin.right),
    y: (total) => height - margin.bottom - (total / most) * (height - margin.top - margin.bottom),
  };
}

/** Steps outward from the best price, closed along the base. */
function areaOf(levels: readonly CumulativeLevel[], { x, y }: Scale): string {
  const first = levels[0];
  const last = levels.at(-1);
  if (first === undefined || last === undefined) return '';
  const steps = levels.map(({ price, total }) => `H${x(price).toFixed(1)}V${y(total).toFixed(1)}`).join('');
  return `M${x(first.price).toFixed(1)} ${y(0).toFixed(1)}${steps}V${y(0).toFixed(1)}Z`;
}

/** The level that a price under the pointer reaches; undefined inside the spread. */
function levelAt(bids: readonly CumulativeLevel[], asks: readonly CumulativeLevel[], { x }: Scale, at: number): CumulativeLevel | undefined {
  return bids.findLast(({ price }) => x(price) >= at) ?? asks.findLast(({ price }) => x(price) <= at);
}
