import type { IPanePrimitivePaneView, IPrimitivePaneRenderer, ISeriesApi, ISeriesPrimitive, SeriesAttachedParameter, Time } from 'lightweight-charts';
import { chartFont } from './palette.ts';

type DrawTarget = Parameters<IPrimitivePaneRenderer['draw']>[0];

export interface Band {
  readonly from: number;
  readonly to: number;
  /** `#rrggbb` */
  readonly colour: string;
  readonly label: string;
}

/** Tinted, labelled horizontal bands behind a series, in the series' own units; each has a line at its lower edge. */
export class ThresholdBands implements ISeriesPrimitive<Time> {
  readonly #bands: readonly Band[];
  #series: ISeriesApi<'Line', Time> | undefined;

  constructor(bands: readonly Band[]) {
    this.#bands = bands;
  }

  attached({ series }: SeriesAttachedParameter<Time>): void {
    this.#series = series as ISeriesApi<'Line', Time>;
  }

  detached(): void {
    this.#series = undefined;
  }

  paneViews(): readonly IPanePrimitivePaneView[] {
    return [{ zOrder: () => 'bottom', renderer: () => this.#renderer() }];
  }

  #renderer(): IPrimitivePaneRenderer {
    const edges = this.#bands.map(({ from, to, colour, label }) => ({
      top: this.#series?.priceToCoordinate(to) ?? null,
      bottom: this.#series?.priceToCoordinate(from) ?? null,
      colour,
      label,
    }));
    return {
      draw: (target: DrawTarget) => target.useMediaCoordinateSpace(({ context, mediaSize }) => {
        context.font = `9px ${chartFont}`;
        context.textBaseline = 'bottom';
        for (const { top, bottom, colour, label } of edges) {
          if (top === null || bottom === null) continue;
          context.fillStyle = `${colour}12`;
          context.fillRect(0, top, mediaSize.width, bottom - top);
          context.fillStyle = `${colour}66`;
          context.fillRect(0, bottom - 0.5, mediaSize.width, 1);
          context.fillStyle = `${colour}cc`;
          context.fillText(label, 8, bottom - 1);
        }
      }),
    };
  }
}
