import { InvalidInputError, type Bar } from '@nautilus/model';
import type { Indicator, IndicatorConvention, OhlcBar, ValuePair } from '@nautilus/quant';
import { seriesOf, type BarSeries, type Category, type Choice, type Convention, type Family, type FeatureDefinition, type FeatureReading, type FeatureUnit, type Parameters } from './feature.ts';

/** What the registry tells of a feature. */
interface Template<P extends Parameters> {
  readonly category: Category;
  readonly unit: string;
  readonly parameters?: P;
  readonly isVariable?: boolean;
  readonly formula: string | ((parameters: P) => string);
  readonly bars: number | ((parameters: P, convention: Convention) => number);
  /** The first is the registered one; default TA-Lib alone. */
  readonly conventions?: readonly Convention[];
}

type Maker<P> = (parameters: P, convention: IndicatorConvention, inputs: readonly BarSeries[]) => FeatureDefinition['create'];

/** The general form: `create` makes the running calculation of the chosen numbers, convention and inputs. */
export function define<P extends Parameters>(name: string, template: Template<P>, create: Maker<P>, inputs: readonly BarSeries[] = []): Family {
  const { category, unit, formula, bars } = template;
  const parameters: Parameters = template.parameters ?? {};
  const isVariable = template.isVariable ?? Object.keys(parameters).length > 0;
  const conventions = template.conventions ?? (['talib'] as const);
  return {
    name, parameters, isVariable, conventions, inputs,
    make: (ownName, choice: Choice = {}) => {
      const own = { ...parameters, ...choice.parameters } as P;
      const convention = conventionOf(conventions, choice.convention);
      const chosen = inputsOf(ownName, inputs, choice.inputs);
      return {
        name: ownName, category, unit, parameters: own, convention, inputs: chosen,
        formula: typeof formula === 'string' ? formula : formula(own),
        requiredBars: typeof bars === 'number' ? bars : bars(own, convention),
        create: create(own, isKernelConvention(convention) ? convention : 'talib', chosen),
      };
    },
  };
}

function conventionOf(offered: readonly Convention[], asked: IndicatorConvention | undefined): Convention {
  return asked !== undefined && offered.includes(asked) ? asked : (offered[0] ?? 'talib');
}

function isKernelConvention(convention: Convention): convention is IndicatorConvention {
  return convention === 'talib' || convention === 'skender' || convention === 'tulip';
}

function inputsOf(name: string, usual: readonly BarSeries[], asked: readonly BarSeries[] | undefined): readonly BarSeries[] {
  if (asked === undefined) return usual;
  if (asked.length < usual.length) throw new InvalidInputError([{ path: 'inputs', message: `must name two series: ${name} is a function of two` }]);
  return asked.slice(0, usual.length);
}

interface Kernel<S> {
  snapshot(): S;
  restore(state: S): void;
}

export function unitOf<S>(kernel: Kernel<S>, update: (bar: Bar) => FeatureReading): FeatureUnit {
  return { update, snapshot: () => kernel.snapshot(), restore: (state) => kernel.restore(state as S) };
}

type Reader<Output, Input> = (output: Output, input: Input) => FeatureReading;
type KernelMaker<P, Input, Output, S> = (parameters: P, convention: IndicatorConvention) => Indicator<Input, Output, S>;
const itself: Reader<number, unknown> = (number) => ({ number });

function fed<Input, Output, S>(kernel: Indicator<Input, Output, S>, inputOf: (bar: Bar) => Input, read: Reader<Output, Input>): FeatureUnit {
  return unitOf(kernel, (bar) => {
    const input = inputOf(bar);
    const output = kernel.update(input);
    return output === undefined ? {} : read(output, input);
  });
}

/** A feature of whole bars that is one number. */
export function ofBars<S, P extends Parameters = Parameters>(name: string, template: Template<P>, make: KernelMaker<P, OhlcBar, number, S>): Family {
  return barsRead(name, template, make, itself);
}

/** A feature of whole bars whose output `read` tells apart. */
export function barsRead<Output, S, P extends Parameters = Parameters>(name: string, template: Template<P>, make: KernelMaker<P, OhlcBar, Output, S>, read: Reader<Output, OhlcBar>): Family {
  return define<P>(name, template, (parameters, convention) => () => fed(make(parameters, convention), (bar) => bar, read));
}

/** A feature of one series, the close unless told. */
export function ofValues<S, P extends Parameters = Parameters>(name: string, template: Template<P>, make: KernelMaker<P, number, number, S>, input: BarSeries = 'close'): Family {
  return valuesRead(name, template, make, itself, input);
}

export function valuesRead<Output, S, P extends Parameters = Parameters>(
  name: string, template: Template<P>, make: KernelMaker<P, number, Output, S>, read: Reader<Output, number>, input: BarSeries = 'close',
): Family {
  return define<P>(name, template, (parameters, convention, [of = input]) => () => fed(make(parameters, convention), seriesOf(of), read), [input]);
}

/** A feature of two series. */
export function ofPairs<S, P extends Parameters = Parameters>(name: string, template: Template<P>, make: KernelMaker<P, ValuePair, number, S>, [first, second]: readonly [BarSeries, BarSeries]): Family {
  return define<P>(name, template, (parameters, convention, [x = first, y = second]) => {
    const [xOf, yOf] = [seriesOf(x), seriesOf(y)];
    return () => fed(make(parameters, convention), (bar) => ({ x: xOf(bar), y: yOf(bar) }), itself);
  }, [first, second]);
}
