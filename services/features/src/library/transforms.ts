import { asNautilusError, type Bar } from '@nautilus/model';
import { AveragePrice, Elementwise, MedianPrice, Pairwise, TypicalPrice, WeightedClose, type ElementwiseName, type PairwiseName } from '@nautilus/quant';
import { define, ofBars } from '../families.ts';
import { seriesOf, type Family, type FeatureUnit } from '../feature.ts';

const price = { category: 'transform', unit: 'price', bars: 1 } as const;

/** Without a memory; null where the function is not defined. */
const memoryless = (of: (bar: Bar) => number): FeatureUnit => ({
  snapshot: () => null,
  restore: () => undefined,
  update: (bar) => {
    try {
      return { number: of(bar) };
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'invalid_input') throw error;
      return { reason: 'outside_domain' };
    }
  },
});

const each = (name: string, formula: string, kernel: ElementwiseName): Family =>
  define(name, { category: 'transform', unit: 'function of the input', formula, bars: 1, conventions: ['tulip'] }, (_p, _convention, [input = 'close']) => {
    const [of, x] = [new Elementwise(kernel), seriesOf(input)];
    return () => memoryless((bar) => of.update(x(bar)));
  }, ['close']);

const both = (name: string, formula: string, kernel: PairwiseName): Family =>
  define(name, { category: 'transform', unit: 'function of the inputs', formula, bars: 1, conventions: ['tulip'] }, (_p, _convention, [first = 'close', second = 'open']) => {
    const [of, x, y] = [new Pairwise(kernel), seriesOf(first), seriesOf(second)];
    return () => memoryless((bar) => of.update({ x: x(bar), y: y(bar) }));
  }, ['close', 'open']);

/** Functions of one bar alone. */
export const TRANSFORMS: readonly Family[] = [
  ofBars('typprice', { ...price, formula: '(H + L + C)/3' }, () => new TypicalPrice()),
  ofBars('medprice', { ...price, formula: '(H + L)/2' }, () => new MedianPrice()),
  ofBars('wclprice', { ...price, formula: '(H + L + 2C)/4' }, () => new WeightedClose()),
  ofBars('avgprice', { ...price, formula: '(O + H + L + C)/4' }, () => new AveragePrice()),
  each('abs', '|x|', 'abs'), each('ceil', '⌈x⌉', 'ceil'), each('floor', '⌊x⌋', 'floor'), each('round', 'nearest whole number, halves away from 0', 'round'), each('trunc', 'x without its fraction', 'trunc'),
  each('sqrt', '√x', 'sqrt'), each('exp', 'eˣ', 'exp'), each('ln', 'ln x', 'ln'), each('log10', 'log₁₀ x', 'log10'),
  each('sin', 'sin x', 'sin'), each('cos', 'cos x', 'cos'), each('tan', 'tan x', 'tan'), each('asin', 'arcsin x', 'asin'), each('acos', 'arccos x', 'acos'), each('atan', 'arctan x', 'atan'),
  each('sinh', 'sinh x', 'sinh'), each('cosh', 'cosh x', 'cosh'), each('tanh', 'tanh x', 'tanh'), each('todeg', '180x/π', 'toDegrees'), each('torad', 'πx/180', 'toRadians'),
  both('add', 'x + y', 'add'), both('sub', 'x − y', 'subtract'), both('mul', 'x·y', 'multiply'), both('div', 'x/y', 'divide'),
];
