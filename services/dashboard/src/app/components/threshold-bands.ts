import type { CanvasRenderingTarget2D } from 'fancy-canvas';
import type { IPanePrimitivePaneView, IPrimitivePaneRenderer, ISeriesApi, ISeriesPrimitive, SeriesAttachedParameter, Time } from 'lightweight-charts';

export interface Band {
  readonly from: number;
  readonly to: number;
  readonly colour: string;
}

/** Tinted horizontal bands behind a series, in the series' own units. */
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
    const edges = this.#bands.map(({ from, to, colour }) => ({
      top: this.#series?.priceToCoordinate(to) ?? null,
      bottom: this.#series?.priceToCoordinate(from) ?? null,
      colour,
    }));
    return {
      draw: (target: CanvasRenderingTarget2D) => target.useMediaCoordinateSpace(({ context, mediaSize }) => {
        for (const { top, bottom, colour } of edges) {
          if (top === null || bottom === null) continue;
          context.fillStyle = colour;
          context.fillRect(0, top, mediaSize.width, bottom - top);
        }
      }),
    };
  }
}
