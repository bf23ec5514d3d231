import { type EngineContext, FanoutHub, setting, type SettingsValues } from '@nautilus/engine';
import type { VpinBookDefaults } from '@nautilus/quant';
import { ALERT_BASES } from './alert-rank.ts';

/** Settings of every engine that streams VPIN: the same variables, so that two of them agree on a symbol. */
export const vpinSettings = {
  barSeconds: setting.integer('VPIN_BAR_SECONDS', 60, { min: 1, max: 3_600, help: 'Length of a time bar.' }),
  barRule: setting.choice('VPIN_BAR_RULE', 'time', ['time', 'ticks', 'volume'], { help: 'What closes a bar: its time, its number of trades, or its volume.' }),
  barSize: setting.number('VPIN_BAR_SIZE', 100, { min: 1e-9, help: 'Trades or volume of a bar that is not one by time.' }),
  bucketsPerDay: setting.integer('VPIN_BUCKETS_PER_DAY', 50, { min: 1, max: 10_000, help: 'Volume buckets that a mean day fills.' }),
  sampleLength: setting.integer('VPIN_SAMPLE_LENGTH', 50, { min: 1, max: 10_000, help: 'Buckets that a VPIN value averages over.' }),
  bucketVolume: setting.number('VPIN_BUCKET_VOLUME', 100_000, {
    min: 1e-9,
    help: 'Volume of a bucket until a completed session tells the mean daily volume.',
  }),
  smartSizing: setting.boolean('VPIN_SMART_SIZING', true, { help: 'Estimate the bucket volume anew at each session border.' }),
  sigmaBars: setting.integer('VPIN_SIGMA_BARS', 1_000, { min: 30, max: 100_000, help: 'Closed bars that the trailing sigma looks back.' }),
  sigmaHalfLifeBars: setting.integer('VPIN_SIGMA_HALF_LIFE_BARS', 0, { min: 0, max: 100_000, help: 'Instead: all bars, with weights that halve every so many; 0 for the trailing sigma.' }),
  priceChange: setting.choice('VPIN_PRICE_CHANGE', 'intrabar', ['intrabar', 'close_to_close'], { help: 'Price change of a bar: last minus first inside it, or its close minus the close before.' }),
  distribution: setting.choice('VPIN_DISTRIBUTION', 'normal', ['normal', 'student_t'], { help: 'Distribution of price changes that splits the volume of a bar; Student t has 0.25 degrees of freedom.' }),
  alertBasis: setting.choice('VPIN_ALERT_BASIS', 'trailing', ALERT_BASES, { help: 'What a toxicity alert ranks: VPIN among the values of the trailing year, or how far it is above the usual at its time of the day.' }),
  quoteFeed: setting.choice('VPIN_QUOTE_FEED', 'best', ['best', 'venues'], { help: 'What quotes are: the best of all venues each time it changes, or those of every venue.' }),
  saveMs: setting.milliseconds('VPIN_SAVE_MS', 30_000, { min: 100, help: 'Time between two savings of what changed; after a restart trades since are taken from the bus again.' }),
  latenessMs: setting.milliseconds('VPIN_LATENESS_MS', 2_000, { min: 0, help: 'A trade later than this is counted and left out.' }),
};

/** The parameters among the settings. */
export function vpinDefaults(settings: SettingsValues<typeof vpinSettings>): VpinBookDefaults {
  const { barRule, barSize, barSeconds, bucketsPerDay, sampleLength, bucketVolume, smartSizing, sigmaBars, sigmaHalfLifeBars, priceChange, distribution, latenessMs } = settings;
  return {
    barRule, barSize, barSeconds, bucketsPerDay, sampleLength, bucketVolume, smartSizing, sigmaBars, priceChange, distribution, latenessMs,
    ...(sigmaHalfLifeBars === 0 ? {} : { sigmaHalfLifeBars }),
  };
}

/** For the clients of the engine's own WebSocket paths. */
export function vpinHub({ clock, timers, newId }: Pick<EngineContext<Record<string, never>, undefined, Record<string, never>>, 'clock' | 'timers' | 'newId'>): FanoutHub {
  return new FanoutHub({
    clock,
    timers,
    newId,
    tickMs: 25,
    heartbeatMs: 30_000,
    silenceMs: 90_000,
    limits: { softBytes: 256 * 1024, hardBytes: 4 * 1024 * 1024, slowMs: 10_000 },
  });
}
