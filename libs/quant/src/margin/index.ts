export { SIMM_RISK_CLASSES, SIMM_TENORS, type SimmParameters, type SimmRiskClass, type SimmTenor } from './simm/simm-parameters.ts';
