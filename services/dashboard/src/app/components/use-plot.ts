import { useEffect, useRef, type RefObject } from 'react';
import uPlot from 'uplot';

export interface PlotHandle {
  /** The element that the plot fills. */
  readonly element: RefObject<HTMLDivElement | null>;
  readonly plot: RefObject<uPlot | null>;
}

/** A uPlot that is made once, with `make`'s options and one column per series, and follows the size of its element. */
export function usePlot(make: () => Omit<uPlot.Options, 'width' | 'height'>): PlotHandle {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const first = useRef(make);
  useEffect(() => {
    const host = element.current;
    if (host === null) return undefined;
    const options = first.current();
    const made = new uPlot({ ...options, width: host.clientWidth, height: host.clientHeight }, options.series.map(() => []) as unknown as uPlot.AlignedData, host);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height: host.clientHeight }));
    observer.observe(host);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);
  return { element, plot };
}
