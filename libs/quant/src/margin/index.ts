export { SIMM_2_5 } from './simm/simm-2-5.ts';
export { type SimmAddOnMargin, type SimmAddOns } from './simm/simm-add-ons.ts';
export {
  simmMargin, SIMM_LICENCE_NOTICE, type SimmMargin, type SimmOptions, type SimmPortfolio, type SimmProductMargin, type SimmRiskClassMargin,
} from './simm/simm-margin.ts';
export { type SimmBucketMargin, type SimmMeasureMargin } from './simm/measure-margin.ts';
export { SIMM_RISK_CLASSES, SIMM_TENORS, type SimmParameters, type SimmRiskClass, type SimmTenor } from './simm/simm-parameters.ts';
export { SIMM_PRODUCT_CLASSES, SIMM_RISK_TYPES, type SimmProductClass, type SimmRiskType, type SimmSensitivity } from './simm/simm-sensitivity.ts';
