export { checkedSymmetric, symmetricFromRows, type SymmetricMatrix } from './symmetric-matrix.ts';
