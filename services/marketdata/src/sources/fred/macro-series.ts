/** Growth, prices, work, money, credit, fear: the series that factor models begin with. */
export const MACRO_SERIES = ['GDPC1', 'CPIAUCSL', 'UNRATE', 'FEDFUNDS', 'DGS10', 'DGS2', 'T10Y2Y', 'BAMLH0A0HYM2', 'VIXCLS', 'DCOILWTICO'] as const;
